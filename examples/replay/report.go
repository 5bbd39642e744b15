package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is what the API says after the run. Only refused comes from the run's
// own requests, because a refused request leaves nothing behind to be read.
// Amounts are minor units.
type report struct {
	Orders           int               `json:"orders"`
	Payments         int               `json:"payments"` // those that took money
	OrderedMinor     cents             `json:"orderedMinor"`
	PaidMinor        cents             `json:"paidMinor"`
	OutstandingMinor cents             `json:"outstandingMinor"`
	Refused          map[string]int    `json:"refused"`
	ByType           map[string]byType `json:"byType"`
	// ByMonth is keyed by the month of purchase in UTC, such as 2017-10.
	ByMonth map[string]byMonth `json:"byMonth"`
}

type byType struct {
	Payments  int   `json:"payments"`
	PaidMinor cents `json:"paidMinor"`
}

type byMonth struct {
	Orders    int   `json:"orders"`
	PaidMinor cents `json:"paidMinor"`
}

// storedOrder and what follows are the parts of the API's objects that the
// report adds up.
type storedOrder struct {
	ID                string
	PlacedAt          time.Time
	TotalAmount       amount
	PaidAmount        amount
	OutstandingAmount amount
	Payments          paymentPage
}

type amount struct{ MinorUnits cents }

type paymentPage struct {
	Nodes    []storedPayment
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
}

type storedPayment struct {
	ID              string
	PaidAmount      amount
	SelectedGateway *struct{ ReferenceID *string }
}

// kind is the payment type that the payment's gateway was made for.
func (p storedPayment) kind() string {
	if p.SelectedGateway == nil || p.SelectedGateway.ReferenceID == nil {
		return "(other)" // not paid by this program
	}
	return strings.TrimPrefix(*p.SelectedGateway.ReferenceID, gatewayPrefix)
}

// readBack reads all orders with their payments and adds them up.
func (r *replayer) readBack(ctx context.Context, orders map[string]string, refused map[string]int) (report, error) {
	s := summary{seen: map[string]bool{}, report: report{Refused: refused, ByType: map[string]byType{}, ByMonth: map[string]byMonth{}}}
	defer r.progress.begin("reading back", len(orders))()
	chunks := slices.Collect(slices.Chunk(slices.Sorted(maps.Keys(orders)), maxBulk))
	err := each(ctx, r.workers, chunks, func(ctx context.Context, references []string) error {
		list, err := r.readOrders(ctx, references)
		if err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		s.add(list)
		r.progress.add(len(list))
		return nil
	})
	return s.report, err
}

func (r *replayer) readOrders(ctx context.Context, references []string) ([]storedOrder, error) {
	var page struct{ Nodes []storedOrder }
	variables := map[string]any{"references": references, "currency": currency}
	if err := r.api.call(ctx, readOrdersDocument, variables, &page); err != nil {
		return nil, err
	}
	if len(page.Nodes) != len(references) {
		return nil, fmt.Errorf("asked for %d orders and was shown %d", len(references), len(page.Nodes))
	}
	for i := range page.Nodes {
		if err := r.readPayments(ctx, &page.Nodes[i]); err != nil {
			return nil, err
		}
	}
	return page.Nodes, nil
}

// readPayments reads the pages of payments after the one that came with the order.
func (r *replayer) readPayments(ctx context.Context, o *storedOrder) error {
	for o.Payments.PageInfo.HasNextPage {
		after := o.Payments.PageInfo.EndCursor
		var next *struct{ Payments paymentPage }
		if err := r.api.call(ctx, morePaymentsDocument, map[string]any{"order": o.ID, "after": after}, &next); err != nil {
			return err
		}
		if next == nil || (next.Payments.PageInfo.HasNextPage && next.Payments.PageInfo.EndCursor == after) {
			return errors.New("order " + o.ID + ": the list of payments does not go on")
		}
		o.Payments.Nodes = append(o.Payments.Nodes, next.Payments.Nodes...)
		o.Payments.PageInfo = next.Payments.PageInfo
	}
	return nil
}

// summary adds up orders from several workers.
type summary struct {
	mu     sync.Mutex
	report report
	seen   map[string]bool // payments, because one can pay several orders
}

func (s *summary) add(list []storedOrder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range list {
		s.report.Orders++
		s.report.OrderedMinor += o.TotalAmount.MinorUnits
		s.report.PaidMinor += o.PaidAmount.MinorUnits
		s.report.OutstandingMinor += o.OutstandingAmount.MinorUnits
		month := o.PlacedAt.UTC().Format("2006-01")
		m := s.report.ByMonth[month]
		m.Orders++
		m.PaidMinor += o.PaidAmount.MinorUnits
		s.report.ByMonth[month] = m
		for _, p := range o.Payments.Nodes {
			s.addPayment(p)
		}
	}
}

func (s *summary) addPayment(p storedPayment) {
	if p.PaidAmount.MinorUnits <= 0 || s.seen[p.ID] {
		return
	}
	s.seen[p.ID] = true
	s.report.Payments++
	t := s.report.ByType[p.kind()]
	t.Payments++
	t.PaidMinor += p.PaidAmount.MinorUnits
	s.report.ByType[p.kind()] = t
}
