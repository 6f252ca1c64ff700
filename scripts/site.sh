#!/usr/bin/env bash
# The documents as a site, in var/site/html: README.md is its first page. MkDocs comes
# from PyPI, into var/site/python.
set -euo pipefail
cd "$(dirname "$0")/.."
source=var/site/source
mkdocs=${MKDOCS:-var/site/python/bin/mkdocs}
if [ ! -x "$mkdocs" ]; then
  python3 -m venv var/site/python
  var/site/python/bin/pip install --quiet mkdocs-material==9.8.2
fi
rm -rf "$source" && mkdir -p "$source"
cp -R docs/*.md docs/*.txt docs/pictures docs/benchmarks "$source"
cp CHANGELOG.md CONTRIBUTING.md "$source"
sed -E 's#\]\(docs/#](#g' README.md >"$source/index.md"
# What lies outside of docs/ is named, not linked: it is not part of the site.
sed -E -i 's#\]\(\.\./README\.md#](index.md#g; s#\]\(\.\./(CHANGELOG|CONTRIBUTING)\.md#](\1.md#g; s#\[([^]]*)\]\(\.\./[^)]*\)#\1#g; s#\[([^]]*)\]\((benchmarks|LICENSE)[^)]*\)#\1#g' "$source"/*.md
sed -E -i 's#\[([^]]*)\]\((config|examples|bench|migration|devserver)/[^)]*\)#\1#g; s#\]\(docs/#](#g' "$source"/index.md "$source"/CHANGELOG.md "$source"/CONTRIBUTING.md
cat >"$source/site.css" <<'CSS'
/* Tables are this site's main form: let them use the width, and break long words. */
.md-grid { max-width: 80rem; }
.md-typeset table:not([class]) { display: table; width: 100%; }
.md-typeset__table { display: block; width: 100%; }
.md-typeset table:not([class]) td { overflow-wrap: anywhere; min-width: 5rem; }
.md-typeset table:not([class]) td:first-child { overflow-wrap: break-word; }
.md-typeset img { max-width: 100%; }
@media (max-width: 44rem) { .md-typeset table:not([class]) { font-size: 0.6rem; } .md-typeset table:not([class]) th { min-width: 0; } }
CSS
"$mkdocs" build --strict --quiet
echo "the site: var/site/html/index.html"
