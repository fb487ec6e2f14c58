#!/bin/sh
# Unpacks OpenBLAS with OpenMP threads into openblas/, beside the one that the system has: the default one has a second
# pool of threads, which get in the way of PyTorch's own. For Debian and what comes from it.
set -e
cd "$(dirname "$0")"
rm -rf openblas
mkdir openblas
cd openblas
apt-get download libopenblas0-openmp
dpkg -x libopenblas0-openmp_*.deb .
rm libopenblas0-openmp_*.deb
