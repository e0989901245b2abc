#!/usr/bin/env bash
# Makes one signed call to a vault (RFC 9421, profile metavault-v1) with bash, openssl and curl.
#
#   metavault.sh <origin> <vault id> <service/method> <JSON> <private key, PEM>
#   metavault.sh key-id <private key, PEM>
#
# The key is Ed25519 or P-256:  openssl genpkey -algorithm ed25519 -out key.pem
#                               openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
# Prints the answer's body. Exits with 2 when it is called wrongly, with 22 when the call is refused
# (why is in the body, and what to do about a refused proof on stderr), and as curl does when nobody
# answers. Does not check the answer's signature: that takes the vault's identity key, and the SDKs
# do it.
set -euo pipefail

fail() { echo "metavault: $1" >&2; exit 2; }

for tool in openssl curl; do
  command -v "$tool" > /dev/null || fail "$tool is needed"
done

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# The kind of a key: ed25519 or p256.
kind_of() {
  [ -r "$1" ] || { echo "metavault: $1 can't be read" >&2; return 1; }
  case $(openssl pkey -in "$1" -noout -text 2>/dev/null) in
    *ED25519*) echo ed25519 ;;
    *prime256v1*) echo p256 ;;
    *) echo "metavault: $1 is not an Ed25519 or P-256 key" >&2; return 1 ;;
  esac
}

# The key id carries the public key: 32 bytes, or the compressed point of 33.
key_id() {
  local kind
  kind=$(kind_of "$1") || return 1
  if [ "$kind" = ed25519 ]; then
    echo "ed25519:$(openssl pkey -in "$1" -pubout -outform DER | tail -c 32 | base64url)"
  else
    echo "p256:$(openssl ec -in "$1" -pubout -conv_form compressed -outform DER 2>/dev/null | tail -c 33 | base64url)"
  fi
}

# Signs a file; prints 64 bytes in base64.
sign() {
  local key=$1 file=$2
  if [ "$(kind_of "$key")" = ed25519 ]; then
    openssl pkeyutl -sign -rawin -inkey "$key" -in "$file" | openssl base64 -A
    return
  fi
  # openssl writes r and s in DER; the profile wants 32 bytes each.
  local number halves=""
  for number in $(openssl dgst -sha256 -sign "$key" "$file" | openssl asn1parse -inform DER |
    sed -n 's/.*INTEGER *://p'); do
    halves+=$(printf '%64s' "$number" | tr ' ' 0)
  done
  printf '%b' "$(printf '%s' "$halves" | sed 's/../\\x&/g')" | openssl base64 -A
}

# What to do about a proof that does not hold, by its reason.
advice() {
  case $1 in
    unknown_key) echo "an owner must grant the key $2 to this vault" ;;
    key_revoked | key_expired) echo "an owner must grant another key" ;;
    key_not_started) echo "the key's grant has not started yet" ;;
    request_expired | request_not_yet_valid) echo "this machine's clock says $(date -u); compare it" ;;
    audience_mismatch) echo "$origin is not an origin of this API as it knows itself" ;;
    bad_signature) echo "something on the way changed the call: a proxy, or another scheme or host" ;;
    *) echo "see docs/caller-proof.md" ;;
  esac
}

if [ "${1:-}" = key-id ] && [ $# -eq 2 ]; then
  key_id "$2" || exit 2
  exit
fi
if [ $# -ne 5 ]; then
  sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//' >&2
  exit 2
fi
origin=${1%/} vault=$2 method=$3 body=$4 key=$5
[[ $origin =~ ^https?://[a-z0-9.:-]+$|^https?://\[[0-9a-f:]+\](:[0-9]+)?$ ]] ||
  fail "the origin is http(s)://host[:port] in lowercase, not $origin"
[[ $vault =~ ^eip155:[1-9][0-9]*:0x[0-9a-f]{40}$ ]] ||
  fail "the vault id is eip155:<chain>:0x<40 hex> in lowercase, not $vault"
[[ $method =~ ^[A-Za-z0-9_.]+/[A-Za-z0-9_]+$ ]] ||
  fail "the method is package.Service/Method, not $method"
key_id=$(key_id "$key") || exit 2

# The scheme's own port is not signed, because clients don't send it.
scheme=${origin%%://*} authority=${origin#*://}
case $scheme$authority in
  https*:443) authority=${authority%:443} ;;
  http*:80) authority=${authority%:80} ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s' "$body" > "$work/body"
digest="sha-256=:$(openssl dgst -sha256 -binary "$work/body" | openssl base64 -A):"
created=$(date +%s)
nonce=$(openssl rand 16 | base64url)
covered='("@method" "@scheme" "@authority" "@path" "@query" "metavault-id" "content-type" "content-digest")'
parameters="$covered;created=$created;expires=$((created + 60));nonce=\"$nonce\";keyid=\"$key_id\";tag=\"metavault-v1\""

# No line feed at the end.
printf '%s' "\"@method\": POST
\"@scheme\": $scheme
\"@authority\": $authority
\"@path\": /$method
\"@query\": ?
\"metavault-id\": $vault
\"content-type\": application/json
\"content-digest\": $digest
\"@signature-params\": $parameters" > "$work/base"

signature=$(sign "$key" "$work/base")
[ "${#signature}" -eq 88 ] || fail "openssl could not sign with $key"

status=0
curl --silent --show-error --fail-with-body --max-time 60 "$scheme://$authority/$method" \
  -H 'content-type: application/json' \
  -H "metavault-id: $vault" \
  -H "content-digest: $digest" \
  -H "signature-input: mv=$parameters" \
  -H "signature: mv=:$signature:" \
  --data-binary "@$work/body" > "$work/answer" || status=$?
cat "$work/answer"
if [ "$status" -eq 22 ]; then
  proof=$(sed -n 's/.*"proof" *: *"\([a-z_]*\)".*/\1/p' "$work/answer")
  [ -z "$proof" ] || echo "metavault: $proof: $(advice "$proof" "$key_id")" >&2
fi
exit "$status"
