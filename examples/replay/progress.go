package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	barWidth  = 30
	barEvery  = 100 * time.Millisecond
	lineEvery = 5 * time.Second
)

// progress shows how far the run is: a bar that redraws itself on a terminal, a
// line every few seconds elsewhere, so that logs stay short.
type progress struct {
	out      io.Writer
	terminal bool

	mu          sync.Mutex
	stage       string
	done, total int
	started     time.Time
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// begin starts a stage of total steps and returns the function that ends it.
// Stages follow one another.
func (p *progress) begin(stage string, total int) (end func()) {
	p.mu.Lock()
	p.stage, p.done, p.total, p.started = stage, 0, total, time.Now()
	p.mu.Unlock()
	every := lineEvery
	if p.terminal {
		every = barEvery
	}
	stop := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.draw()
			case <-stop:
				return
			}
		}
	})
	return func() {
		close(stop)
		drawing.Wait()
		p.draw()
		if p.terminal {
			fmt.Fprintln(p.out)
		}
	}
}

// add counts steps that are done.
func (p *progress) add(steps int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += steps
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	share := 1.0
	if p.total > 0 {
		share = float64(p.done) / float64(p.total)
	}
	elapsed := time.Since(p.started)
	text := fmt.Sprintf("%-12s %d of %d (%.0f %%), %.1f s, %.0f/s", p.stage, p.done, p.total,
		100*share, elapsed.Seconds(), float64(p.done)/max(elapsed.Seconds(), 0.001))
	if !p.terminal {
		fmt.Fprintln(p.out, text)
		return
	}
	filled := int(share * barWidth)
	bar := strings.Repeat("#", filled) + strings.Repeat(".", barWidth-filled)
	fmt.Fprintf(p.out, "\r[%s] %s\x1b[K", bar, text)
}
