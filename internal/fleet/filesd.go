package fleet

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds a file of targets, in bytes.
const maxFile = 64 << 20

// group is a static_config of Prometheus, of which file_sd_config reads lists:
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
type group struct {
	Targets []string          `yaml:"targets"`
	Labels  map[string]string `yaml:"labels"`
}

// ReadTargets reads a file in the form of Prometheus' file_sd_config, YAML or
// JSON. A target without a label "instance" has its address as one.
//
// A target for which there is no URL is an error, and all others are read.
func ReadTargets(name string, a Address) ([]Target, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: more than %d MiB", name, maxFile>>20)
	}
	var groups []group
	if err := yaml.Unmarshal(data, &groups); err != nil {
		return nil, fmt.Errorf("%s: not a list of targets and labels: %s", name,
			strings.Join(strings.Fields(err.Error()), " "))
	}
	var targets []Target
	var problems []error
	for _, g := range groups {
		for _, address := range g.Targets {
			labels := map[string]string{"instance": address}
			maps.Copy(labels, g.Labels)
			t, err := a.target(labels)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: target %q: %w", name, address, err))
				continue
			}
			targets = append(targets, t)
		}
	}
	if len(targets) == 0 && len(problems) == 0 {
		return nil, fmt.Errorf("%s: no targets", name)
	}
	slices.SortFunc(targets, compareTargets)
	return slices.CompactFunc(targets, func(a, b Target) bool { return a.URL == b.URL }), errors.Join(problems...)
}
