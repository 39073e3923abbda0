// Package fleet finds the goroutines that accumulate in some of many processes.
//
// It works like LeakProf (Saioc et al., "Unveiling and Vanquishing Goroutine Leaks
// in Enterprise Microservices", CGO 2024): it merges the goroutine profiles of many
// instances of a service by location, and ranks locations by the root mean square of
// their goroutines per instance, which one instance with 10,000 moves more than a
// hundred with 100.
//
// It does not fetch from all of them. Every Go service that has a Prometheus
// client exports go_goroutines, so [Prometheus] asks the server that already has
// these numbers which instances grow or stand out in their job, and only these
// are asked for a profile. Without such a server, [ReadTargets] takes the
// instances from a file in the form of Prometheus' file_sd_config.
//
// It does not trust the answers of instances: each costs bounded memory and time,
// and a problem with an instance is reported in its row.
package fleet
