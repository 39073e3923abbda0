package render

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

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
		p.in("<p class=\"sum\">", "and "+t.More+", below", "</p>\n")
	}
	p.tag("</section>\n")
}

func (p *page) cell(l *report.Line, column string) {
	text := l.Cell(column)
	switch column {
	case report.ColumnKind:
		p.tag("<td class=\"k\"><a href=\"#k")
		p.number(l.Place + 1)
		p.in("\">", report.Cut(text, maxCell), "</a>")
		p.badge(l.Finding)
	case report.ColumnTrend:
		p.tag("<td class=\"t\" data-l=\"" + heads[column] + "\">")
		p.spark(l.Numbers)
		p.in("<span>", text, "</span>")
	case report.ColumnWhere:
		p.in("<td class=\"w\"><span class=\"pos\">", report.Cut(l.Where.Position(), maxCell), "</span>")
		p.in(" <span class=\"fn\">", report.Cut(report.ShortName(l.Where.Func), maxCell), "</span>")
	case report.ColumnCount:
		p.in("<td class=\"c\">", text, "")
	default:
		p.tag("<td data-l=\"" + heads[column] + "\">")
		p.text(report.Cut(text, maxCell))
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
	p.in("<svg class=\"spark\" viewBox=\"0 0 100 22\" width=\"100\" height=\"22\" role=\"img\" aria-label=\"",
		fmt.Sprintf("from %d to %d", numbers[0], numbers[len(numbers)-1]), "\"><polyline points=\"")
	for i, n := range numbers {
		share := 0.0
		if most > least {
			share = (float64(n) - least) / (most - least)
		}
		p.point(1+float64(i)*(sparkWidth-2)/float64(len(numbers)-1), sparkHigh-2-share*(sparkHigh-4))
	}
	p.tag("\"/></svg> ")
}

func (p *page) point(x, y float64) {
	p.b.WriteString(strconv.FormatFloat(x, 'f', 1, 64) + "," + strconv.FormatFloat(y, 'f', 1, 64) + " ")
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
		p.in("<li><span>", report.Cut(b.name, maxCell), "</span> <b>")
		p.b.WriteString(strconv.FormatInt(b.total, 10))
		p.tag("</b> <svg viewBox=\"0 0 1000 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
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
	p.tag("<rect class=\"" + class + "\" height=\"8\" x=\"")
	p.number(scale(from))
	p.tag("\" width=\"")
	p.number(max(scale(n), 4)) // so that it is seen
	p.tag("\"/>")
}

// pictures show all kinds at once.
func (p *page) pictures(r *report.Report) {
	if len(r.Findings) < report.Few {
		return
	}
	p.tag("<div class=\"pictures\">\n")
	p.counts("In which packages they are", bars(r, report.PackageOf))
	p.counts("What most of them wait for", bars(r, func(f *report.Finding) string { return f.Cause.Title }))
	if slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Graded != 0 }) {
		p.tag("<p class=\"sum legend\"><i class=\"sus\"></i> likely leaked <i class=\"ok\"></i> may be all right</p>\n")
	}
	p.tag("</div>\n")
}
