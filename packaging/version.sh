#!/bin/sh
# packaging/version.sh: the version of what is checked out, from the tags of releases (v1.2.3).
#
# On a tag its own, behind one the tag's with the number of commits and the commit (1.2.3+4.gabcdef1). Prints
# nothing where there is no tag or no git: the version is then that of CMakeLists.txt alone. A tag that says
# otherwise than CMakeLists.txt is an error: the tree says what it is without its history, too.
set -eu
cd "${1:-$(dirname "$0")/..}"
told=$(sed -n 's/^project(postern VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
described=$(git describe --tags --match 'v[0-9]*.[0-9]*.[0-9]*' --long 2>/dev/null) || exit 0
commit=${described##*-}
rest=${described%-*}
behind=${rest##*-}
tag=${rest%-*}
version=${tag#v}
if [ "$behind" -eq 0 ]; then
  [ "$version" = "$told" ] || {
    echo "version.sh: the tag is $tag, and CMakeLists.txt says $told; change the one or the other" >&2
    exit 1
  }
  echo "$version"
else
  echo "$version+$behind.$commit"
fi
