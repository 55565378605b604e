#!/usr/bin/env bash
# Compiles the two schemas with a second implementation, libxml2: library system makers use that one, and others.
set -euo pipefail
cd "$(dirname "$0")/.."

.ci/tool.sh xmllint libxml2-utils || { echo "the schemas were not checked with libxml2" >&2; exit 0; }

for name in carte-reseau-1.xsd rapport-1.xsd; do
	file=$(git ls-files --cached --others --exclude-standard "*/$name")
	if [ ! -f "$file" ]; then
		echo "$name: want one such file in the project, found: ${file:-none}" >&2
		exit 1
	fi
	# The document is no card document: xmllint says 3 (not valid) where the schema compiled, 5 where it did not.
	code=0
	said=$(echo '<document/>' | xmllint --nonet --noout --schema "$file" - 2>&1) || code=$?
	if [ "$code" != 3 ]; then
		printf '%s does not compile:\n%s\n' "$file" "$said" >&2
		exit 1
	fi
done
