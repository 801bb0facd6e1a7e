"""Many machines at once: strips of one giant scene, or the scenes of an archive, on Dask workers.

Everything that a run does is done by the same code as on one machine. Of one scene, the passes over its strips are
spread, and what they find comes back in order; of many scenes, whole runs are.
"""
