package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// measurement is what all suites have in common.
type measurement struct {
	toolchain string
	runs      int
	temp      string
	shim      map[string]string
	self      string // this program, for go test -exec
	log       io.Writer
}

// row is what the runs of one suite did, with goleak and with the shim.
type row struct {
	user
	with    [2][]outcome
	control [2]outcome // with a leak in every package
}

const (
	goleak = 0
	ours   = 1
)

var names = [2]string{goleak: "goleak", ours: "leakcheck/goleak"}

// of runs the suite of u, alternating, so that a change in what else the machine
// does meets both.
func (m measurement) of(ctx context.Context, u user) (row, error) {
	r := row{user: u}
	var dirs [2]string
	for i, replace := range []map[string]string{goleak: nil, ours: m.shim} {
		dirs[i] = filepath.Join(m.temp, m.toolchain, fmt.Sprint(i), u.module) // some tests know the folder they are in
		if err := u.prepare(ctx, dirs[i], replace); err != nil {
			return r, err
		}
	}
	for n := range m.runs {
		for i, dir := range dirs {
			o, err := u.goTest(ctx, dir, m.toolchain, execFlag(m.self))
			if err != nil {
				return r, err
			}
			r.with[i] = append(r.with[i], o)
			fmt.Fprintf(m.log, "%s %s, run %d with %s: %.1f s, %d failed\n", m.toolchain, u.module, n+1, names[i], o.seconds,
				len(o.failed))
			if o.output != "" {
				fmt.Fprintln(m.log, o.output)
			}
		}
	}
	for i, dir := range dirs {
		o, err := u.control(ctx, dir, m.toolchain)
		if err != nil {
			return r, err
		}
		r.control[i] = o
	}
	return r, nil
}

// same reports whether every package had one and the same verdict in all runs,
// and the leak was found in each.
func (r row) same() bool {
	first := r.with[goleak][0].packages
	for _, o := range r.control {
		if o.found() != len(r.packages) {
			return false
		}
	}
	for _, runs := range r.with {
		for _, o := range runs {
			if !maps.Equal(first, o.packages) {
				return false
			}
		}
	}
	return true
}

// verdict is how the runs of one kind ended.
func verdict(runs []outcome) string {
	passed := 0
	var failed []string
	for _, o := range runs {
		if !slices.Contains(slices.Collect(maps.Values(o.packages)), false) {
			passed++
		}
		for _, name := range o.failed {
			if name = name[strings.LastIndexByte(name, '/')+1:]; !slices.Contains(failed, name) {
				failed = append(failed, name)
			}
		}
	}
	text := fmt.Sprintf("%d of %d pass", passed, len(runs))
	if len(failed) > 0 {
		text += " (" + strings.Join(failed, ", ") + ")"
	}
	return text
}

// times is the processor time of the packages with goleak and with the shim, the
// best run of each.
func (r row) times() (best [2]float64) {
	for i, runs := range r.with {
		for n, o := range runs {
			if n == 0 || o.seconds < best[i] {
				best[i] = o.seconds
			}
		}
	}
	return best
}

// header begins the table of one toolchain, in Markdown.
const header = "## %s\n\n| Module | Packages | goleak | leakcheck/goleak | Leak found | Processor time | Remarks |\n" +
	"| --- | --- | --- | --- | --- | --- | --- |\n"

// String returns the row in Markdown.
func (r row) String() string {
	times := r.times()
	return fmt.Sprintf("| %s %s | %d | %s | %s | %d, %d | %.2f s, %.2f s | %s |\n", r.module, r.version, len(r.packages),
		verdict(r.with[goleak]), verdict(r.with[ours]), r.control[goleak].found(), r.control[ours].found(), times[goleak],
		times[ours], r.remark)
}
