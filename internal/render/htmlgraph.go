package render

import (
	"path"
	"strconv"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Measures of the graph, in pixels except for the last two.
const (
	boxWidth  = 232
	boxHeight = 44
	boxGapX   = 40
	boxGapY   = 14
	boxText   = 30 // runes in a line of a box
	maxBoxes  = 16
)

// graph is who waits for whom. A goroutine is at the left of those that wait for it.
type graph struct {
	boxes []box
	at    map[int]int // index into boxes by place
	rows  int
	more  int // boxes that are left out

	on      map[int]int   // what the finding at a place waits for
	waiting map[int][]int // and the other way round
}

// box is a finding in a graph.
type box struct{ place, column, row int }

func newGraph(findings []report.Finding) *graph {
	g := &graph{at: map[int]int{}, on: onOf(findings), waiting: map[int][]int{}}
	circular := circles(g.on)
	for _, first := range []bool{true, false} { // those of circles, so that the way back is short
		for i := range findings {
			if on, ok := g.on[i]; ok && circular[i] == first {
				g.waiting[on] = append(g.waiting[on], i)
			}
		}
	}
	for i := range findings {
		if _, ok := g.on[i]; !ok && len(g.waiting[i]) > 0 {
			g.root(i)
		}
	}
	for i := range findings { // what is left waits in a circle, or for one
		if circular[i] {
			g.root(i)
		}
	}
	involved := map[int]bool{}
	for i, on := range g.on {
		involved[i], involved[on] = true, true
	}
	g.more = len(involved) - len(g.boxes)
	return g
}

// onOf is the place of what each finding waits for. An entry of several stacks
// waits for what the first of them waits for.
func onOf(findings []report.Finding) map[int]int {
	place := map[int64]int{}
	for i := range findings {
		for _, leaf := range findings[i].Leaves() {
			if len(leaf.IDs) > 0 {
				place[leaf.IDs[0]] = i
			}
		}
	}
	on := map[int]int{}
	for i := range findings {
		for _, leaf := range findings[i].Leaves() {
			if at, ok := place[leaf.On]; ok && leaf.On != 0 && at != i {
				on[i] = at
				break
			}
		}
	}
	return on
}

// circles are the findings that wait, by way of others, for themselves.
func circles(on map[int]int) map[int]bool {
	circular, walk := map[int]bool{}, map[int]int{}
	for i := range on {
		at, ok := i, true
		for ok && walk[at] == 0 {
			walk[at] = i + 1
			at, ok = on[at]
		}
		for ok && walk[at] == i+1 && !circular[at] { // the walk came back to where it had been
			circular[at] = true
			at = on[at]
		}
	}
	return circular
}

// root draws a finding at the left, and at its right all that wait for it.
func (g *graph) root(place int) {
	if _, drawn := g.at[place]; drawn || len(g.boxes) == maxBoxes {
		return
	}
	g.put(place, 0)
	g.rows++
}

func (g *graph) put(place, column int) {
	g.at[place] = len(g.boxes)
	g.boxes = append(g.boxes, box{place, column, g.rows})
	first := true
	for _, w := range g.waiting[place] {
		if _, drawn := g.at[w]; drawn || len(g.boxes) == maxBoxes {
			continue
		}
		if !first {
			g.rows++
		}
		first = false
		g.put(w, column+1)
	}
}

// position is the upper left corner of a box.
func (b *box) position() (x, y int) {
	return 1 + b.column*(boxWidth+boxGapX), 1 + b.row*(boxHeight+boxGapY)
}

// graph draws who waits for whom, where that is known of any.
func (h HTML) graph(p *page, r *report.Report) {
	g := newGraph(r.Findings)
	if len(g.boxes) == 0 {
		return
	}
	columns := 0
	for i := range g.boxes {
		columns = max(columns, g.boxes[i].column+1)
	}
	p.put(`<section id="graph">
<h2>Who waits for whom</h2>
<p class="sum">The arrows come from the heap, from addresses and from the code. `+
		`The row "waits" of each kind says how certain they are.</p>
<div><svg viewBox="0 0 %d %d" width="%[1]d" height="%[2]d">
`, columns*(boxWidth+boxGapX)-boxGapX+2, g.rows*(boxHeight+boxGapY)+2)
	t := report.NewTable(r, 0, h.Now)
	for i := range g.boxes { // below the boxes
		on, waits := g.on[g.boxes[i].place]
		if at, drawn := g.at[on]; waits && drawn {
			p.arrow(&g.boxes[i], &g.boxes[at])
		}
	}
	for i := range g.boxes {
		p.box(&g.boxes[i], &t.Lines[g.boxes[i].place])
	}
	p.tag("</svg></div>\n")
	if g.more > 0 {
		p.put("<p class=\"sum\">%s that wait for each other, below</p>\n", words.Count(g.more, "more kind"))
	}
	p.tag("</section>\n")
}

func (p *page) box(b *box, l *report.Line) {
	x, y := b.position()
	who := report.ShortName(l.Where.Func)
	if who == "" {
		who = l.Cell(report.ColumnKind)
	}
	if l.Finding.Count > 1 {
		who = strconv.Itoa(l.Finding.Count) + " x " + who
	}
	where := l.Where
	where.File = path.Base(where.File)
	p.put(`<a href="#k%d"><rect rx="6" x="%d" y="%d" width="%d" height="%d"><title>%s</title></rect>`, b.place+1, x, y,
		boxWidth, boxHeight, report.Cut(l.Cell(report.ColumnKind), maxCell))
	// An inner svg cuts off what is too wide for the box.
	p.put(`<svg x="%d" y="%d" width="%d" height="%d">`, x, y, boxWidth-6, boxHeight)
	p.put(`<text x="10" y="18">%s</text><text x="10" y="35">%s</text></svg></a>`+"\n", report.Cut(who, boxText),
		report.Cut(where.Position(), boxText))
}

// arrow leads from what waits to what it waits for: to the left, or, where a
// circle closes, below the boxes.
func (p *page) arrow(from, to *box) {
	fx, fy := from.position()
	tx, ty := to.position()
	if from.column > to.column {
		fy, tx, ty = fy+boxHeight/2, tx+boxWidth, ty+boxHeight/2
		p.put("<path d=\"M%d,%d C%d,%d %d,%d %d,%d m6,-4 l-6,4 l6,4\"/>\n", fx, fy, fx-boxGapX/2, fy,
			tx+boxGapX/2, ty, tx, ty)
		return
	}
	fx, fy, tx, ty = fx+boxWidth/2, fy+boxHeight, tx+boxWidth/2, ty+boxHeight
	below := max(fy, ty) + boxGapY
	p.put("<path d=\"M%d,%d C%d,%d %d,%d %d,%d m-4,6 l4,-6 l4,6\"/>\n", fx, fy, fx, below, tx, below, tx, ty)
}
