#!/bin/sh
# Runs the plugin's tests under every QGIS that Debian has, each in a fresh Debian of its own: make matrix.
#
# SUITES: which Debians. TESTS: which tests. SETUP=yes: press "Set up engine" too, from a bare QGIS, and detect with what
# was set up; WHEELS: a folder to take PyTorch from. ROOTS: a folder in which the Debians are kept for the next time.
# Needs root's rights (debootstrap, chroot) and the network.
set -eu
cd "$(dirname "$0")/.."

: "${SUITES:=bookworm trixie forky}" "${ROOTS:=}" "${SETUP:=}" "${WHEELS:=}"
: "${TESTS:=tests/plugin tests/test_qt6.py tests/test_imports.py::test_enums_are_scoped_as_pyqt6_wants_them tests/e2e/test_first_start.py}"
# A bare QGIS, a virtual display, letters to draw, and what runs the tests.
packages="qgis python3-qgis gdal-bin xvfb xauth fonts-dejavu-core ca-certificates python3-pytest"

[ "$(id -u)" = 0 ] || { echo "make matrix needs root's rights: sudo make matrix" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "Install debootstrap, then try again." >&2; exit 1; }

make_root() {  # suite, folder
    # An older debootstrap does not know a newer Debian by its name; all are made in the same way.
    cp -r /usr/share/debootstrap "$2.scripts"
    [ -e "$2.scripts/scripts/$1" ] || ln -s sid "$2.scripts/scripts/$1"
    DEBOOTSTRAP_DIR=$2.scripts debootstrap --variant=minbase "$1" "$2" >"$2.log" 2>&1 || return 1
    rm -rf "$2.scripts"
    # How this computer reaches the network: proxies, certificate authorities, pip's own settings.
    cp /etc/resolv.conf "$2/etc/"
    for file in /etc/apt/apt.conf.d/*proxy*; do [ ! -f "$file" ] || cp "$file" "$2/etc/apt/apt.conf.d/"; done
    # A mirror of what is to be the next Debian may be some days old.
    # shellcheck disable=SC2086 # a list of words is meant
    DEBIAN_FRONTEND=noninteractive chroot "$2" sh -ec \
        'apt-get update -qq -o Acquire::Check-Valid-Until=false; apt-get install -qq --yes --no-install-recommends "$@"' sh $packages >>"$2.log" 2>&1 ||
        return 1
    authorities=etc/ssl/certs/ca-certificates.crt
    [ ! -f /$authorities ] || cp --remove-destination /$authorities "$2/$authorities"
    [ ! -f /etc/pip.conf ] || cp /etc/pip.conf "$2/etc/"
}

run_tests() {  # folder
    rm -rf "$1/srv/anomaly lens" "$1/srv/src"
    mkdir -p "$1/srv/anomaly lens" "$1/srv/src" "$1/srv/wheels"
    { git ls-files -z --cached --others --exclude-standard; find resources -name '*.qm' -print0; } | tar --null --ignore-failed-read --no-recursion -T - -c |
        tar -x -C "$1/srv/anomaly lens"
    # A package wants a proper name; the checkout may lie in a folder of any name.
    ln -sfn "../anomaly lens" "$1/srv/src/anomaly_lens"
    # The mounts are this process's own, and go with it.
    unshare --mount --propagation private sh -euc '
        root=$1 wheels=$2
        for folder in proc dev sys; do mount --rbind "/$folder" "$root/$folder"; done
        [ -z "$wheels" ] || mount --bind "$wheels" "$root/srv/wheels"
        chroot "$root" sh -c "
            cd \"/srv/anomaly lens\"
            export LC_ALL=C.UTF-8 PYTHONPATH=/srv/src PYTHONDONTWRITEBYTECODE=1 QT_QPA_PLATFORM=offscreen
            python3 -c \"from qgis.core import Qgis; print(\\\"QGIS\\\", Qgis.QGIS_VERSION)\"
            exec python3 -m pytest -q -p no:cacheprovider $TESTS"
    ' sh "$1" "$WHEELS"
}

failed=
export TESTS SETUP
for suite in $SUITES; do
    echo "== $suite"
    base=${ROOTS:-$(mktemp -d -p /var/tmp anomaly-lens.XXXXXX)}
    mkdir -p "$base" && chmod 755 "$base"
    [ -n "$ROOTS" ] && [ -d "$base/$suite/usr/share/qgis" ] || make_root "$suite" "$base/$suite" || {
        tail -5 "$base/$suite.log" >&2
        exit 1
    }
    SETUP_WHEELS=${WHEELS:+/srv/wheels} run_tests "$base/$suite" || failed="$failed $suite"
    [ -n "$ROOTS" ] || rm -rf --one-file-system "$base"
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
