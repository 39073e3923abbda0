package fleet

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

// Target is an instance of a service.
type Target struct {
	Job      string
	Instance string // as Prometheus calls it, usually host:port; unique in its job
	URL      string // of its profiles

	// What made it a suspect; zero for one that was named by the user.
	Grade  cause.Grade // [cause.Growing] or [cause.Outlier]
	Excess float64     // goroutines more than at the lowest, or than in its peers
	Why    string      // "1,200 goroutines more than at the lowest in 1h"

	// Peer says that it is no suspect and is only asked so that suspects of its
	// job can be compared with it.
	Peer bool
}

// Name names the target in messages: "api/10.0.0.7:8080".
func (t *Target) Name() string {
	if t.Job == "" {
		return t.Instance
	}
	return t.Job + "/" + t.Instance
}

// DefaultAddress is where the profiles of an instance are, as [Address] reads
// it.
const DefaultAddress = "http://{instance}/debug/pprof/"

// Address makes the URLs of instances from a pattern with the names of labels
// in braces: {instance}, {job} or any other, and {host}, which is the instance
// without its port.
type Address struct{ pattern string }

var placeholder = regexp.MustCompile(`\{[A-Za-z_][A-Za-z0-9_]*\}`)

// ParseAddress reads a pattern; "" stands for [DefaultAddress].
func ParseAddress(pattern string) (Address, error) {
	pattern = cmp.Or(pattern, DefaultAddress)
	if !strings.HasPrefix(pattern, "http://") && !strings.HasPrefix(pattern, "https://") {
		return Address{}, fmt.Errorf("address %q: want http:// or https:// at the start", pattern)
	}
	if rest := placeholder.ReplaceAllString(pattern, ""); strings.ContainsAny(rest, "{}") {
		return Address{}, fmt.Errorf("address %q: want the name of a label between braces, as in {instance}", pattern)
	}
	return Address{pattern}, nil
}

// Of returns the URL of the instance with the given labels.
func (a Address) Of(labels map[string]string) (string, error) {
	var missing []string
	s := placeholder.ReplaceAllStringFunc(a.pattern, func(name string) string {
		name = strings.Trim(name, "{}")
		value, ok := labels[name]
		if !ok && name == "host" {
			value, ok = labels["instance"]
			if host, _, err := net.SplitHostPort(value); err == nil {
				value = host
			}
			if strings.Contains(value, ":") && !strings.HasPrefix(value, "[") {
				value = "[" + value + "]" // IPv6
			}
		}
		if !ok {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("no label %q, which the address %s needs", missing[0], a.pattern)
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("address %q does not make a URL with a host", a.pattern)
	}
	return s, nil
}

// target is the instance with the given labels.
func (a Address) target(labels map[string]string) (Target, error) {
	u, err := a.Of(labels)
	return Target{Job: labels["job"], Instance: labels["instance"], URL: u}, err
}

// compareTargets orders by job and instance.
func compareTargets(a, b Target) int {
	return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Instance, b.Instance))
}

// Worst returns the n targets with the greatest excess, in order of their
// names.
func Worst(ts []Target, n int) []Target {
	ts = slices.Clone(ts)
	slices.SortStableFunc(ts, func(a, b Target) int { return cmp.Compare(b.Excess, a.Excess) })
	ts = ts[:min(n, len(ts))]
	slices.SortFunc(ts, compareTargets)
	return ts
}
