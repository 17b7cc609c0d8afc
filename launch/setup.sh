#!/usr/bin/env bash
# Installs the Debian packages named as arguments, as far as they are missing.
# Usage: launch/setup.sh PACKAGE...
set -euo pipefail

missing=()
for package in "$@"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  sudo=
  if [ "$(id -u)" != 0 ]; then
    sudo=$(command -v sudo) || {
      echo "setup: needs root or sudo to install: ${missing[*]}" >&2
      exit 1
    }
  fi
  echo "setup: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get -qq update
  $sudo apt-get -qq install --yes --no-install-recommends "${missing[@]}" >/dev/null
fi

command -v swift >/dev/null || {
  echo "setup: no swift in PATH; install Swift 6.3 from https://www.swift.org/install/linux" >&2
  exit 1
}
