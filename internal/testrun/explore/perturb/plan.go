package perturb

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Plan says what is done to a run. The zero value does nothing.
type Plan struct {
	Pause  map[int]time.Duration // before the operation of a site; 0 is a yield
	Late   map[int]Hit           // before one of the operations of a site alone
	Prefer map[int]int           // select -> the case that gets a head start
	Fire   map[int]bool          // timers of a site fire at once
	Cancel *Cancel
}

// Hit is a pause before the n-th time that a site is reached, from 1. Where two
// goroutines run the same code, it delays one of them.
type Hit struct {
	N   int
	For time.Duration
}

// Cancel ends the contexts that were made at a site, once Step operations have
// begun, or, where that is 0, when the operation of the site At begins.
type Cancel struct{ Site, Step, At int }

// String returns the plan in a form that [ParsePlan] reads: "p3=2ms,h5@2=20ms,s7=1,t9,c4@12",
// or e4@7 for contexts that end at a site.
func (p Plan) String() string {
	var parts []string
	for _, site := range sortedKeys(p.Pause) {
		parts = append(parts, fmt.Sprintf("p%d=%v", site, p.Pause[site]))
	}
	for _, site := range sortedKeys(p.Late) {
		parts = append(parts, fmt.Sprintf("h%d@%d=%v", site, p.Late[site].N, p.Late[site].For))
	}
	for _, site := range sortedKeys(p.Prefer) {
		parts = append(parts, fmt.Sprintf("s%d=%d", site, p.Prefer[site]))
	}
	for _, site := range sortedKeys(p.Fire) {
		parts = append(parts, fmt.Sprintf("t%d", site))
	}
	switch c := p.Cancel; {
	case c == nil:
	case c.Step == 0:
		parts = append(parts, fmt.Sprintf("e%d@%d", c.Site, c.At))
	default:
		parts = append(parts, fmt.Sprintf("c%d@%d", c.Site, c.Step))
	}
	return strings.Join(parts, ",")
}

func sortedKeys[V any](m map[int]V) []int { return slices.Sorted(maps.Keys(m)) }

// ParsePlan reads what [Plan.String] prints. An error names the part at fault.
func ParsePlan(text string) (Plan, error) {
	p := Plan{Pause: map[int]time.Duration{}, Late: map[int]Hit{}, Prefer: map[int]int{}, Fire: map[int]bool{}}
	if text == "" {
		return p, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		if err := p.parse(part); err != nil {
			return Plan{}, fmt.Errorf("plan %q: %w", part, err)
		}
	}
	return p, nil
}

func (p *Plan) parse(part string) error {
	if part == "" {
		return fmt.Errorf("empty")
	}
	left, right, _ := strings.Cut(strings.Replace(part[1:], "@", "=", 1), "=") // h keeps its second sign
	site, err := strconv.ParseUint(left, 10, 31)
	if err != nil {
		return err
	}
	switch part[0] {
	case 'p':
		d, err := time.ParseDuration(right)
		p.Pause[int(site)] = max(d, 0)
		return err
	case 'h':
		n, length, _ := strings.Cut(right, "=")
		hit, err := strconv.ParseUint(n, 10, 31)
		if err != nil {
			return err
		}
		d, err := time.ParseDuration(length)
		p.Late[int(site)] = Hit{int(hit), max(d, 0)}
		return err
	case 't':
		if right != "" {
			return fmt.Errorf("want no value for a timer")
		}
		p.Fire[int(site)] = true
		return nil
	case 's', 'c', 'e':
		n, err := strconv.ParseUint(right, 10, 31)
		switch part[0] {
		case 's':
			p.Prefer[int(site)] = int(n)
		case 'c':
			p.Cancel = &Cancel{Site: int(site), Step: max(int(n), 1)}
		default:
			p.Cancel = &Cancel{Site: int(site), At: int(n)}
		}
		return err
	default:
		return fmt.Errorf("want p, h, s, t, c or e before the site")
	}
}

// Parts returns plans of one perturbation each, which together are p.
func (p Plan) Parts() []Plan {
	var all []Plan
	for _, site := range sortedKeys(p.Pause) {
		all = append(all, Plan{Pause: map[int]time.Duration{site: p.Pause[site]}})
	}
	for _, site := range sortedKeys(p.Late) {
		all = append(all, Plan{Late: map[int]Hit{site: p.Late[site]}})
	}
	for _, site := range sortedKeys(p.Prefer) {
		all = append(all, Plan{Prefer: map[int]int{site: p.Prefer[site]}})
	}
	for _, site := range sortedKeys(p.Fire) {
		all = append(all, Plan{Fire: map[int]bool{site: true}})
	}
	if p.Cancel != nil {
		all = append(all, Plan{Cancel: p.Cancel})
	}
	return all
}

// Join returns a plan with what all plans do. Of two that differ at a site the
// later counts.
func Join(plans ...Plan) Plan {
	joined := Plan{Pause: map[int]time.Duration{}, Late: map[int]Hit{}, Prefer: map[int]int{}, Fire: map[int]bool{}}
	for _, p := range plans {
		maps.Copy(joined.Pause, p.Pause)
		maps.Copy(joined.Late, p.Late)
		maps.Copy(joined.Prefer, p.Prefer)
		maps.Copy(joined.Fire, p.Fire)
		joined.Cancel = cmp.Or(p.Cancel, joined.Cancel)
	}
	return joined
}
