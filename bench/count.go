package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Questions are all that are asked: those of the limits too, pages, sums and writes.
func (s *Stage) Questions(ctx context.Context) ([]Question, error) {
	pages, err := s.Pages(ctx)
	if err != nil {
		return nil, err
	}
	pays, _, err := s.Pays(ctx, 1)
	if err != nil {
		return nil, err
	}
	refunds, err := s.Refunds(ctx)
	return slices.Concat(Questions, pages, []Question{Summary, pays, refunds}), err
}

// Statements are how many a request takes: when companies ask in turn, and when one alone
// does, for which connections need not be told anew whose rows they may show.
type Statements struct{ InTurn, Alone int }

// counted are statements by question and target.
type counted map[[2]string]Statements

// Count asks everything through a wire, one after the other, and says how many statements
// the middle one took: those that a server asks of its own accord fall on few.
func (s *Stage) Count(ctx context.Context, w *Wire, times int) (counted, error) {
	questions, err := s.Questions(ctx)
	if err != nil {
		return nil, err
	}
	counts := counted{}
	for _, q := range questions {
		for _, target := range s.Targets(q) {
			inTurn, err := middleCount(ctx, w, target.ask(q), times)
			alone := inTurn
			if err == nil && q.Only == 0 {
				q.Only = 1
				alone, err = middleCount(ctx, w, target.ask(q), times)
				q.Only = 0
			}
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", q.Name, target.Name, err)
			}
			counts[[2]string{q.Name, target.Name}] = Statements{inTurn, alone}
		}
	}
	return counts, nil
}

func middleCount(ctx context.Context, w *Wire, ask Ask, times int) (int, error) {
	var each []int
	for n := range times {
		before := w.Statements()
		if err := send(ctx, http.DefaultClient, ask(n), &bytes.Buffer{}); err != nil {
			return 0, err
		}
		each = append(each, w.Statements()-before)
	}
	slices.Sort(each)
	return each[len(each)/2], nil
}

// Payer has the second company pay an order through a wire, and makes a script of what was
// said. What a connection asks only the first time is not in it.
func (s *Stage) Payer(ctx context.Context, w *Wire, databaseURL string) (*Payer, error) {
	q, orders, err := s.Pays(ctx, 2)
	if err != nil {
		return nil, err
	}
	const warm = 3
	if len(orders) <= warm+1 {
		return nil, fmt.Errorf("no orders left to pay")
	}
	var before int
	for n := range warm + 1 {
		before = len(w.Heard())
		if err := send(ctx, http.DefaultClient, s.askProduct(q)(n), &bytes.Buffer{}); err != nil {
			return nil, err
		}
	}
	id := orders[warm].String()
	number, err := strconv.Atoi(id[len(id)-12:])
	if err != nil {
		return nil, err
	}
	return NewPayer(ctx, s.db, databaseURL, about(w.Heard()[before:], id), number, len(orders)-warm-1)
}

// about are the statements of the connections that said something about an id.
func about(said []Statement, id string) (own []Statement) {
	of := map[int]bool{}
	for _, s := range said {
		for _, arg := range s.Args {
			if arg != nil && strings.Contains(*arg, id) {
				of[s.connection] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(said), func(s Statement) bool { return !of[s.connection] })
}
