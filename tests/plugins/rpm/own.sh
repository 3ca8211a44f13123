#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kmend's own RPM packages, built from spec/ as for the guests of tests/vm (which then need not build them again): rpmlint,
# what rpm says of installing them, the plugins in their places.
# shellcheck source=tests/plugins/rpm/lib.sh disable=SC2012,SC2016,SC2034,SC1091,SC2317
. "$(dirname "$0")/lib.sh"
for part in common products rpm; do
	# shellcheck disable=SC1090
	. "$TOP/tests/vm/lib/$part.sh"
done
VM_CHILDREN=''
: >build.out
if ! vm_rpms 2>build.out; then
	tap_ok "rpmbuild makes them" false
	sed 's/^/# /' build.out
	tap_done
	exit
fi
is_equal "rpmbuild makes them" "kmend kmend-builder kmend-dkms libdnf5-plugin-kmend python3-dnf-plugin-kmend rpm-plugin-kmend" \
	"$(rpm -qp --qf '%{NAME} ' "$VM_RPMS"/*.rpm | tr ' ' '\n' | grep -v debug | sort | tr '\n' ' ' | sed 's/^ *//; s/ *$//')"
if command -v rpmlint >/dev/null; then
	run_rpmlint() { rpmlint -c "$TOP/spec/rpmlint.toml" "$VM_RPMS"/*.rpm >lint.out 2>&1; cat lint.out; grep -q ' 0 errors, 0 warnings' lint.out; }
	tap_ok "rpmlint has no complaint about them" run_rpmlint
else
	tap_skip "rpmlint" "it is not installed"
fi
# Into a root of its own, for the files' sake: who provides what is not this machine's database's business.
mkdir root
rpm --root "$WORK/root" --dbpath /var/lib/rpm --initdb
OUTPUT=$(rpm --root "$WORK/root" --dbpath /var/lib/rpm -i --nodeps --noscripts --nosignature --noplugins "$VM_RPMS"/*.rpm 2>&1)
tap_result $? "rpm installs them" <(echo "$OUTPUT")
check_match "rpm's plugin is named by its macro, and there" "kmend.so" \
	"$(sed -n 's/^%__transaction_kmend[[:space:]]*%{__plugindir}\///p' root/usr/lib/rpm/macros.d/macros.transaction_kmend; find root -path '*rpm-plugins/kmend.so')"
tap_ok "dnf's plugin" find root -path '*/dnf-plugins/kmend.py'
is_equal "all units of systemd/, and the configuration" "$(cd "$TOP/systemd" && printf '%s\n' *.service *.timer *.path kmend.conf | sort)" \
	"$({ ls root/usr/lib/systemd/system && ls root/etc/kmend; } | sort)"
tap_ok "dnf5's actions" test -f root/etc/dnf/libdnf5-plugins/actions.d/kmend.actions
tap_ok "the plugin exports the one symbol that rpm looks up" bash -c "nm -D --defined-only '$(find root -path '*rpm-plugins/kmend.so')' | grep -q ' D kmend_hooks$'"
# As rpm orders them where dependencies count: kmend itself last.
erase() { rpm --root "$WORK/root" --dbpath /var/lib/rpm -e --nodeps --noscripts --noplugins "$@" >/dev/null 2>&1; }
# shellcheck disable=SC2046 # names
erase $(rpm -qp --qf '%{NAME}\n' "$VM_RPMS"/*.rpm | grep -vx kmend) && erase kmend
is_equal "and takes them away without a rest" "" "$(find root -name '*kmend*')"
tap_done
