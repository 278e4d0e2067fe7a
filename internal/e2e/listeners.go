package e2e

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// stateListen is how the kernel writes that a socket listens (include/net/tcp_states.h).
const stateListen = "0A"

// errBeyondLoopback is the error of processes that can be reached from elsewhere.
var errBeyondLoopback = errors.New("can be reached from other machines")

// beyondLoopback fails if one of the processes listens at an address that is not of the loopback interface. It
// reads what Linux writes below proc (/proc), and says nothing where there is no such directory.
func beyondLoopback(proc string, names map[int]string) error {
	if _, err := os.Stat(filepath.Join(proc, "self")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var problems []error
	for pid, name := range names {
		dir := filepath.Join(proc, strconv.Itoa(pid))
		listening := map[string]netip.AddrPort{}
		for _, table := range []string{"tcp", "tcp6"} {
			text, err := os.ReadFile(filepath.Join(dir, "net", table))
			if errors.Is(err, fs.ErrNotExist) {
				continue // gone, or a kernel without IPv6
			}
			if err != nil {
				return fmt.Errorf("reading what listens: %w", err)
			}
			if err := readListeners(string(text), listening); err != nil {
				return fmt.Errorf("reading net/%s of %s: %w", table, name, err)
			}
		}
		files, err := os.ReadDir(filepath.Join(dir, "fd"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("reading the sockets of %s: %w", name, err)
		}
		for _, file := range files {
			target, err := os.Readlink(filepath.Join(dir, "fd", file.Name()))
			if err != nil {
				continue // closed since
			}
			inode := strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")
			if at, ok := listening[inode]; ok && !at.Addr().Unmap().IsLoopback() {
				problems = append(problems, fmt.Errorf("%s listens at %s: it %w", name, at, errBeyondLoopback))
			}
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

// readListeners adds the sockets that listen to those known, by their inode
// (https://docs.kernel.org/networking/proc_net_tcp.html).
func readListeners(table string, listening map[string]netip.AddrPort) error {
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		fields := strings.Fields(line)
		if i == 0 || len(fields) > 3 && fields[3] != stateListen {
			continue
		}
		if len(fields) < 10 {
			return fmt.Errorf("line %d has %d columns of at least 10", i+1, len(fields))
		}
		address, err := readAddress(fields[1])
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		listening[fields[9]] = address
	}
	return nil
}

// readAddress reads an address and port as the kernel writes them: in hexadecimal, each 32 bits of the address in
// the order of the machine, which here is the smallest byte first.
func readAddress(text string) (netip.AddrPort, error) {
	host, port, _ := strings.Cut(text, ":")
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q has no port", text)
	}
	raw, err := hex.DecodeString(host)
	if err != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, fmt.Errorf("%q is not an address", text)
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	address, ok := netip.AddrFromSlice(raw)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("%q is not an address", text)
	}
	return netip.AddrPortFrom(address, uint16(number)), nil
}
