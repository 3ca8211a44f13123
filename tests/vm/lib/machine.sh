# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153 # the parts use each other's variables
# One boot of one machine: QEMU, the console's file, and the frames that come over the result channel.

# What the kernel must never say, whatever the scenario does. Matched against the console, where only the kernel
# writes.
VM_BAD_WORDS='BUG:|WARNING:|Oops|Call Trace|general protection|Kernel panic|ftrace_bug|ftrace failed|INFO: task .* blocked|rcu: INFO|soft lockup|unable to handle|invalid opcode|stack segment|double fault|Unhandled|bad: scheduling|corrupted'

# What a healthy kernel says about an emulated CPU: that a mitigation is not whole.
VM_HARMLESS='(RETBleed|Speculative Return Stack Overflow|Spectre V[0-9].*|MDS|TAA|MMIO Stale Data|ITS): WARNING:'

# Why the machine went down, as vm_machine sets VM_DOWN: end (the driver reported its end), again (asked to be
# booted again), cut (asked for the power to be cut), hung (out of time), died (QEMU ended before the driver).

# vm_machine WORK TIMEOUT DISK APPEND HANDLER: boot WORK/initrd.cpio once and read frames until the machine is down.
# HANDLER KIND TEXT is called for each frame. DISK: path of a raw disk image, or "". Uses VM_KERNEL, VM_CPU, VM_SMP,
# VM_MEMORY, VM_THREADS, VM_TOKEN, VM_NMI. Sets VM_DOWN.
vm_machine() {
	local work=$1 timeout=$2 disk=$3 append=$4 handler=$5 line='' part token kind text end qemu storm='' arguments status
	# shellcheck disable=SC2054 # QEMU wants the commas
	arguments=(
		-nodefaults -no-user-config -display none -no-reboot -nic none
		-machine pc -accel "tcg,thread=$VM_THREADS" -cpu "$VM_CPU" -smp "$VM_SMP" -m "$VM_MEMORY"
		-kernel "$VM_KERNEL/vmlinuz" -initrd "$work/initrd.cpio"
		# no_timer_check: on a busy host an emulated timer may be late when the kernel first looks for it
		-append "console=ttyS0 panic=-1 oops=panic no_timer_check rdinit=/kmend-vm/init loglevel=7 $append"
		-chardev "file,id=console,path=$work/console.log,append=on" -serial chardev:console
		-chardev "pipe,id=channel,path=$work/channel" -serial chardev:channel
	)
	[ -z "${VM_NMI:-}" ] || arguments+=(-monitor "unix:$work/monitor,server=on,wait=off")
	[ -z "$disk" ] || arguments+=(-drive "file=$disk,format=raw,if=virtio,cache=writeback,aio=threads")

	rm -f "$work"/channel.in "$work"/channel.out
	mkfifo "$work/channel.in" "$work/channel.out"
	# Open for reading and writing, so that opening does not wait for QEMU; its death is seen by its pid.
	exec 7<>"$work/channel.out"
	"$VM_QEMU" "${arguments[@]}" >"$work/qemu.log" 2>&1 </dev/null 7>&- &
	qemu=$!
	VM_CHILDREN="${VM_CHILDREN:-} $qemu"
	VM_DOWN=''
	end=$(($(vm_clock) + timeout * 1000))

	while [ -z "$VM_DOWN" ]; do
		status=0
		# A slow guest may be in the middle of a frame when the time is over: what came of it is kept.
		IFS= read -r -t 1 -u 7 part || status=$?
		line+=$part
		if [ $status -ne 0 ]; then
			if [ "$(vm_clock)" -ge "$end" ]; then
				VM_DOWN=hung
			elif ! kill -0 $qemu 2>/dev/null; then
				VM_DOWN=died
			fi
			continue
		fi
		IFS=' ' read -r token kind text <<<"$line"
		line=''
		printf '%s %s %s\n' "$token" "$kind" "$text" >>"$work/channel.log"
		[ "$token" = "$VM_TOKEN" ] || continue
		case $kind in
		cut) # at once, with nothing done before it
			kill -KILL $qemu
			VM_DOWN='cut'
			;;
		end) VM_DOWN=end ;;
		nmi) # not before the guest asks: while it boots, one would end it
			[ -n "${VM_NMI:-}" ] || continue
			/usr/bin/python3 "$VM_HOME/lib/nmi.py" "$work/monitor" "$text" >"$work/nmi.log" 2>&1 </dev/null 7>&- &
			storm=$!
			VM_CHILDREN="$VM_CHILDREN $storm"
			;;
		again) VM_WANTED=again ;;
		esac
		"$handler" "$kind" "$text"
	done

	if [ $VM_DOWN = end ]; then # it powers itself off
		for ((line = 0; line < 1200; line++)); do
			kill -0 $qemu 2>/dev/null || break
			sleep 0.1
		done
		[ -z "${VM_WANTED:-}" ] || VM_DOWN=again
	fi
	VM_WANTED=''
	kill -KILL $qemu 2>/dev/null || true
	wait $qemu 2>/dev/null || true
	VM_CHILDREN=${VM_CHILDREN/ $qemu/}
	if [ -n "$storm" ]; then
		wait "$storm" 2>/dev/null || true
		VM_CHILDREN=${VM_CHILDREN/ $storm/}
	fi
	exec 7<&-
}

# vm_bad_words CONSOLE: print what the kernel should not have said; status 1 if there is nothing.
vm_bad_words() { grep -a -n -E "$VM_BAD_WORDS" "$1" | grep -a -v -E "$VM_HARMLESS${VM_TOLERATED:+|$VM_TOLERATED}" | cut -c1-160; }
