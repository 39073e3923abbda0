package render

import (
	"cmp"
	"maps"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Limits of the pictures, so that the first screen shows all of them.
const (
	tableLines = 20
	barLines   = 10
	sparkWidth = 100
	sparkHigh  = 22
	sparkLeast = 10
	maxSamples = 128
)

// heads are the columns of the table as a person calls them. The grade is a badge
// of the kind.
var heads = map[string]markup{
	report.ColumnKind: "What they do", report.ColumnCount: "How many", report.ColumnTrend: "Trend",
	report.ColumnAge: "Oldest", report.ColumnWeight: "Memory", report.ColumnSpread: "In", report.ColumnWhere: "Where",
	report.ColumnRoute: "Request", report.ColumnTest: "Test",
}

// overview is the kinds on a line each, for a report of so many that nobody reads
// all of them. Each line opens to what is known of its kind.
func (h HTML) overview(p *page, r *report.Report) {
	if len(r.Findings) < report.Few {
		return
	}
	t := report.NewTable(r, tableLines, h.Now)
	columns := slices.DeleteFunc(t.Columns, func(c string) bool {
		return c == report.ColumnGrade || c == report.ColumnKind
	})
	columns = append([]string{report.ColumnKind}, columns...)
	p.tag("<section id=\"over\">\n<h2>The worst first</h2>\n<table>\n<thead><tr>")
	for _, c := range columns {
		p.tag("<th scope=\"col\">" + heads[c] + "</th>")
	}
	p.tag("</tr></thead>\n<tbody>\n")
	for i := range t.Lines {
		p.tag("<tr>")
		for _, c := range columns {
			p.cell(&t.Lines[i], c)
		}
		p.tag("</tr>\n")
	}
	p.tag("</tbody>\n</table>\n")
	if t.More != "" {
		p.put("<p class=\"sum\">and %s, below</p>\n", t.More)
	}
	p.tag("</section>\n")
}

func (p *page) cell(l *report.Line, column string) {
	text := l.Cell(column)
	switch column {
	case report.ColumnKind:
		p.put("<td class=\"k\"><a href=\"#k%d\">%s</a>", l.Place+1, report.Cut(text, maxCell))
		p.badge(l.Finding)
	case report.ColumnTrend:
		p.put("<td class=\"t\" data-l=\"%s\">", heads[column])
		p.spark(l.Numbers)
		p.put("<span>%s</span>", text)
	case report.ColumnWhere:
		p.put("<td class=\"w\"><span class=\"pos\">%s</span> <span class=\"fn\">%s</span>",
			report.Cut(l.Where.Position(), maxCell), report.Cut(report.ShortName(l.Where.Func), maxCell))
	case report.ColumnCount:
		p.put("<td class=\"c\">%s", text)
	default:
		p.put("<td data-l=\"%s\">%s", heads[column], report.Cut(text, maxCell))
	}
	p.tag("</td>")
}

// maxCell bounds what is in a cell, in runes.
const maxCell = 80

// spark draws how a number went. It is drawn from four fifths of the largest on
// where it changes by less than that, and up to ten at least: what hardly changes
// looks flat, and so does a goroutine that comes and goes.
func (p *page) spark(numbers []int64) {
	numbers = numbers[max(len(numbers)-maxSamples, 0):]
	if len(numbers) < 2 {
		return
	}
	least, most := float64(slices.Min(numbers)), float64(slices.Max(numbers))
	most = max(most, sparkLeast)
	least = min(least, most-most/5)
	p.put(`<svg class="spark" viewBox="0 0 100 22" width="100" height="22" role="img" aria-label="from %d to %d">`+
		`<polyline points="`, numbers[0], numbers[len(numbers)-1])
	for i, n := range numbers {
		share := 0.0
		if most > least {
			share = (float64(n) - least) / (most - least)
		}
		p.put("%.1f,%.1f ", 1+float64(i)*(sparkWidth-2)/float64(len(numbers)-1), sparkHigh-2-share*(sparkHigh-4))
	}
	p.tag("\"/></svg> ")
}

// bar is the goroutines that have something in common.
type bar struct {
	name           string
	total, suspect int64
}

// bars sums up the goroutines of a report by what name says of their kind, most
// first. The last bar is what is left.
func bars(r *report.Report, name func(f *report.Finding) string) []bar {
	sums := map[string]*bar{}
	for i := range r.Findings {
		f := &r.Findings[i]
		key := name(f)
		if sums[key] == nil {
			sums[key] = &bar{name: key}
		}
		b := sums[key]
		b.total += int64(f.Count)
		if f.Suspect() {
			b.suspect += int64(f.Count)
		}
	}
	all := slices.SortedFunc(maps.Values(sums), func(a, b *bar) int {
		return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.name, b.name))
	})
	var out []bar
	for i, b := range all {
		if i < barLines {
			out = append(out, *b)
			continue
		}
		if i == barLines {
			out = append(out, bar{name: words.Count(len(all)-barLines, "other")})
		}
		last := &out[barLines]
		last.total, last.suspect = last.total+b.total, last.suspect+b.suspect
	}
	return out
}

// counts draws who has most goroutines, where there is more than one.
func (p *page) counts(title markup, all []bar) {
	if len(all) < 2 {
		return
	}
	most := int64(1)
	for _, b := range all {
		most = max(most, b.total)
	}
	p.tag("<section class=\"bars\">\n<h2>" + title + "</h2>\n<ul>\n")
	for _, b := range all {
		p.put(`<li><span>%s</span> <b>%d</b> <svg viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">`,
			report.Cut(b.name, maxCell), b.total)
		p.rect("sus", 0, b.suspect, most)
		p.rect("ok", b.suspect, b.total-b.suspect, most)
		p.tag("</svg></li>\n")
	}
	p.tag("</ul>\n</section>\n")
}

// rect is a part of a bar, of n goroutines after from others.
func (p *page) rect(class markup, from, n, most int64) {
	if n <= 0 {
		return
	}
	scale := func(n int64) int { return int(1000 * n / most) }
	// At least 4 wide, so that it is seen.
	p.put(`<rect class="%s" height="8" x="%d" width="%d"/>`, class, scale(from), max(scale(n), 4))
}

// pictures show all kinds at once.
func (p *page) pictures(r *report.Report) {
	if len(r.Findings) < report.Few {
		return
	}
	p.tag("<div class=\"pictures\">\n")
	p.counts("By package", bars(r, report.PackageOf))
	p.counts("What most of them wait for", bars(r, func(f *report.Finding) string { return f.Cause.Title }))
	if slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Graded != 0 }) {
		p.tag("<p class=\"sum legend\"><i class=\"sus\"></i> likely leaked <i class=\"ok\"></i> may be normal</p>\n")
	}
	p.tag("</div>\n")
}
