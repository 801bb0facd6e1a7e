#!/bin/sh
# Installs the Debian packages that are missing. Says nothing, and needs no rights, where none is.
set -eu

# QGIS with its Python and GDAL's tools; a virtual display; letters to draw; a venv with pip.
packages="qgis python3-qgis gdal-bin xvfb xauth fonts-dejavu-core python3-venv"

missing=
for package in $packages; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) || status=absent
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "Anomaly Lens needs these packages, under the names of Debian:$missing" >&2
    exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Install these as root, then try again: apt-get install$missing" >&2; exit 1; }
    as_root=sudo
fi
echo "Installing:$missing"
# shellcheck disable=SC2086 # a list of words is meant
$as_root env DEBIAN_FRONTEND=noninteractive sh -ec '
    apt-get update -qq
    apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
' sh $missing </dev/null
