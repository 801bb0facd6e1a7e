"""Mask DINO^Ada and Mask2Former^Ada: anomalies as objects, in pure PyTorch.

After J. Li, Y. Zhong, H. Zhao, Z. Gao, X. Wang, "Segmenting Remote Sensing Anomalies at Instance Level via Anomaly
Map-Guided Adaptation", IEEE TGRS 2024, whose code was never published. ``channels`` prepares a scene (Eq. 7-8),
``trunk`` and ``pixel_decoder`` make features, ``adaptation`` is the paper's contribution (Eq. 1-6), ``mask_dino`` and
``mask2former`` are the two heads that it adapts, ``network`` puts them together.
"""
