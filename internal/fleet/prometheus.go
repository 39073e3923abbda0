package fleet

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

// Prometheus asks a Prometheus server, or one that speaks its HTTP API, which
// instances are suspects.
//
// Two things make an instance one. It grows: of the last quarter of the window
// even the lowest number of goroutines is above the lowest of the whole window
// by Growth, and above that of the quarter before. Load comes and goes and takes
// the number back down; a leak raises the floor. And it stands out: it has
// Factor times as many goroutines as the median of its job, and at least Growth
// more.
type Prometheus struct {
	URL    string
	Match  string        // selects series: `job="api",env="staging"`; "" is all
	Window time.Duration // how far back to look
	Growth float64       // goroutines
	Factor float64

	Address Address
	Header  http.Header  // sent to this server alone, not to another host after a redirect
	Client  *http.Client // nil is one that ends after 30 s
}

// The values that have proven useful; an ordinary service has tens to hundreds
// of goroutines and moves by tens.
const (
	DefaultWindow = time.Hour
	DefaultGrowth = 100
	DefaultFactor = 4
)

// maxAnswer bounds what a query may answer, in bytes: 10,000 instances with a
// dozen labels take about 10 MB.
const maxAnswer = 64 << 20

// growing selects the instances that grow, with the number by which they grew.
// Its parameters are the selector, the last quarter, the window and the growth.
const growing = `(min_over_time(%[1]s[%[2]s]) - min_over_time(%[1]s[%[3]s]) >= %[4]g)` +
	` and (min_over_time(%[1]s[%[2]s]) > min_over_time(%[1]s[%[2]s] offset %[2]s))`

// outlying selects the instances that stand out among their job, with the
// number by which they are above its median. Its parameters are the selector,
// the growth and the factor.
const outlying = `(%[1]s - on (job) group_left () quantile by (job) (0.5, %[1]s) >= %[2]g)` +
	` and (%[1]s >= on (job) group_left () (%[3]g * quantile by (job) (0.5, %[1]s)))`

// Suspects returns the suspects, ordered by job and instance, and the number of
// instances that were looked at. Suspects for which there is no URL are an error,
// and the others are returned.
func (p *Prometheus) Suspects(ctx context.Context) (suspects []Target, instances int, err error) {
	selector := "go_goroutines{" + p.Match + "}"
	if strings.ContainsAny(p.Match, "{}") && !strings.Contains(p.Match, `"`) {
		return nil, 0, fmt.Errorf("selector %q: want label matchers without braces, as in job=\"api\"", p.Match)
	}
	window, quarter := promDuration(p.Window), promDuration(p.Window/4)
	count, err := p.query(ctx, "count("+selector+")")
	if err != nil {
		return nil, 0, err
	}
	for _, s := range count {
		instances = int(s.value)
	}
	var problems []error
	found := map[string]Target{}
	for _, q := range []struct {
		text  string
		grade cause.Grade
		why   string
	}{
		{fmt.Sprintf(growing, selector, quarter, window, p.Growth), cause.Growing,
			"%s goroutines more than at the lowest in " + short(p.Window)},
		{fmt.Sprintf(outlying, selector, p.Growth, p.Factor), cause.Outlier, "%s goroutines more than the median of its job"},
	} {
		samples, err := p.query(ctx, q.text)
		if err != nil {
			return nil, instances, err
		}
		for _, s := range samples {
			t, err := p.Address.target(s.labels)
			t.Grade, t.Excess, t.Why = q.grade, s.value, fmt.Sprintf(q.why, thousands(s.value))
			if _, ok := found[t.Name()]; ok {
				continue // it grows, which says more
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", t.Name(), err))
				continue
			}
			found[t.Name()] = t
		}
	}
	suspects = slices.SortedFunc(maps.Values(found), compareTargets)
	return suspects, instances, errors.Join(problems...)
}

// Peers returns up to n instances of each job that has suspects, which are none
// themselves: those whose number of goroutines is nearest to the median of the
// job. A suspect has too many of the goroutines that it has more of than these.
func (p *Prometheus) Peers(ctx context.Context, suspects []Target, n int) ([]Target, error) {
	if n <= 0 || len(suspects) == 0 {
		return nil, nil
	}
	samples, err := p.query(ctx, "go_goroutines{"+p.Match+"}")
	if err != nil {
		return nil, err
	}
	suspect, jobs := map[string]bool{}, map[string][]sample{}
	for i := range suspects {
		suspect[suspects[i].Name()] = true
		jobs[suspects[i].Job] = nil
	}
	for _, s := range samples {
		t, _ := p.Address.target(s.labels)
		if list, ok := jobs[t.Job]; ok && !suspect[t.Name()] {
			jobs[t.Job] = append(list, s)
		}
	}
	var peers []Target
	for _, list := range jobs {
		slices.SortFunc(list, func(a, b sample) int {
			return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.labels["instance"], b.labels["instance"]))
		})
		from := max((len(list)-n)/2, 0)
		for _, s := range list[from:min(from+n, len(list))] {
			if t, err := p.Address.target(s.labels); err == nil {
				t.Peer = true
				peers = append(peers, t)
			}
		}
	}
	slices.SortFunc(peers, compareTargets)
	return peers, nil
}

// sample is an element of an instant vector.
type sample struct {
	labels map[string]string
	value  float64
}

// query evaluates an expression now:
// https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
func (p *Prometheus) query(ctx context.Context, expr string) ([]sample, error) {
	u, err := url.Parse(p.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the URL of a Prometheus server", p.URL)
	}
	name := u.Redacted()
	u = u.JoinPath("api/v1/query")
	body := url.Values{"query": {expr}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for key, values := range p.Header {
		req.Header[key] = values
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := p.Client
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second, CheckRedirect: load.KeepHeader(p.Header)}
	}
	resp, err := client.Do(req)
	if err != nil {
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxAnswer {
		return nil, fmt.Errorf("%s: the answer has more than %d MiB; select fewer series", name, maxAnswer>>20)
	}
	samples, err := decodeVector(data)
	if err != nil {
		if resp.StatusCode != http.StatusOK && !json.Valid(data) {
			err = fmt.Errorf("%s; is this a Prometheus server?", resp.Status)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return samples, nil
}

// decodeVector reads the answer to an instant query.
func decodeVector(data []byte) ([]sample, error) {
	var answer struct {
		Status, Error string
		Data          struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&answer); err != nil {
		return nil, errors.New("the answer is not JSON; is this a Prometheus server?")
	}
	if answer.Status != "success" {
		return nil, fmt.Errorf("the query was refused: %.500q", answer.Error)
	}
	if answer.Data.ResultType != "vector" {
		return nil, fmt.Errorf("the answer is a %.50q, want a vector; is this a Prometheus server?", answer.Data.ResultType)
	}
	var result []struct {
		Metric map[string]string
		Value  [2]any // seconds, and the value as a string
	}
	if err := json.Unmarshal(answer.Data.Result, &result); err != nil {
		return nil, fmt.Errorf("the answer is not a vector: %w", err)
	}
	samples := make([]sample, 0, len(result))
	for _, r := range result {
		text, _ := r.Value[1].(string)
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			continue // of a job whose median is none
		}
		samples = append(samples, sample{r.Metric, value})
	}
	return samples, nil
}

// promDuration writes a duration as PromQL does, to the millisecond.
func promDuration(d time.Duration) string {
	return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + "ms"
}

// short is a duration without zero units: "1h" and not "1h0m0s".
func short(d time.Duration) string {
	s := d.String()
	for _, zero := range []struct{ long, short string }{{"m0s", "m"}, {"h0m", "h"}} {
		if strings.HasSuffix(s, zero.long) {
			s = strings.TrimSuffix(s, zero.long) + zero.short
		}
	}
	return s
}

// thousands writes a whole number with commas.
func thousands(v float64) string {
	s := strconv.FormatFloat(math.Round(math.Abs(v)), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if v <= -0.5 {
		s = "-" + s
	}
	return s
}
