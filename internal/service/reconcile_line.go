package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// settle finds out what some of the lines are about, and settles them payment by
// payment. Failures of single payments are kept; it returns one that ends all.
func (b *delivery) settle(ctx context.Context, part []pay.SettlementLine) error {
	attempts, err := b.attempts(ctx, names(part))
	if err != nil {
		return err
	}
	var orphans []*pay.SettlementLine
	var payments []uuid.UUID
	of := map[uuid.UUID][]*pay.SettlementLine{}
	for i := range part {
		line := &part[i]
		t, found := attempts[b.spelled(line.ExternalID)]
		if !found {
			orphans = append(orphans, line)
			continue
		}
		line.TransactionID, line.PaymentID = &t.ID, &t.PaymentID
		if of[t.PaymentID] == nil {
			payments = append(payments, t.PaymentID)
		}
		of[t.PaymentID] = append(of[t.PaymentID], line)
	}
	for _, id := range payments {
		if err := b.settlePayment(ctx, id, attempts, of[id]); err != nil {
			b.failures = append(b.failures, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return b.keepOrphans(ctx, orphans)
}

func names(lines []pay.SettlementLine) []string {
	list := make([]string, len(lines))
	for i, l := range lines {
		list[i] = l.ExternalID
	}
	return list
}

// attempts are those that lines can be about, by the name that lines give them:
// the id at the gateway, or the reference on the slip of a manual payment, which
// banks write in capitals and with blanks as they like.
func (b *delivery) attempts(ctx context.Context, names []string) (map[string]pay.Transaction, error) {
	read, name := b.caller.rows.TransactionsByExternalID, func(t pay.Transaction) *string { return t.ExternalID }
	if b.gateway.Kind == pay.KindManual {
		read, name = b.caller.rows.TransactionsByManualReference, func(t pay.Transaction) *string { return t.ManualReference }
	}
	wanted := make([]string, len(names))
	for i, text := range names {
		wanted[i] = b.spelled(text)
	}
	list, err := read(ctx, b.gateway.ID, wanted)
	found := make(map[string]pay.Transaction, len(list))
	for _, t := range list {
		// A slip that was withdrawn or rejected may have been submitted again.
		if _, twice := found[b.spelled(*name(t))]; !twice || !t.Status.FreesSlip() {
			found[b.spelled(*name(t))] = t
		}
	}
	return found, err
}

// spelled is the one spelling of a name by which attempts are found.
func (b *delivery) spelled(name string) string {
	if b.gateway.Kind == pay.KindManual {
		return strings.ToLower(pay.CleanReference(name))
	}
	return name
}

// settlePayment settles the lines of one payment in one transaction. Attempts whose
// result is not known are asked about first, or a charge that the gateway settled
// would look like one that captured nothing.
func (b *delivery) settlePayment(ctx context.Context, id uuid.UUID, attempts map[string]pay.Transaction, lines []*pay.SettlementLine) error {
	for _, l := range lines {
		t := attempts[b.spelled(l.ExternalID)]
		if t.Status != pay.TransactionUnknown && t.Status != pay.TransactionPending {
			continue
		}
		if _, err := b.service.refresh(ctx, b.caller, t); err != nil {
			return err
		}
	}
	return b.again(func() error {
		_, err := b.service.change(ctx, b.caller.Actor, id, func(ctx context.Context, state *pay.State) error {
			return b.store(ctx, lines, func(l *pay.SettlementLine) (err error) {
				l.Outcome, l.Message, err = state.Settle(*l.TransactionID, *l)
				return err
			})
		})
		return err
	})
}

// keepOrphans stores lines that no attempt was found for.
func (b *delivery) keepOrphans(ctx context.Context, lines []*pay.SettlementLine) error {
	if len(lines) == 0 {
		return nil
	}
	return b.again(func() error {
		err := b.service.store.InTx(ctx, func(ctx context.Context) error {
			return b.store(ctx, lines, func(l *pay.SettlementLine) error {
				l.Outcome, l.Message = pay.SettlementOrphan, "No attempt at the gateway has this id."
				return nil
			})
		})
		if errors.Is(err, errUnchanged) {
			return nil
		}
		return err
	})
}

// again repeats what lost against another request with the same line, or whose
// answer was lost: the second time it finds the line stored.
func (b *delivery) again(do func() error) (err error) {
	for range 3 {
		if err = do(); !store.IsDuplicateSettlementLine(err) && !errors.Is(err, store.ErrCommitUnknown) {
			break
		}
	}
	return err
}

// store decides lines, in a transaction, and stores those that are new. A line that
// was delivered before keeps what it came to then, unless it was an orphan whose
// attempt is known now.
func (b *delivery) store(ctx context.Context, lines []*pay.SettlementLine, decide func(*pay.SettlementLine) error) error {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.ExternalID
	}
	rows := b.service.everything(b.caller)
	known, err := rows.SettlementLinesNamed(ctx, b.gateway.ID, ids)
	if err != nil {
		return err
	}
	var added, found []pay.SettlementLine
	for _, l := range lines {
		i := slices.IndexFunc(known, l.Same)
		if i >= 0 && slices.ContainsFunc(added, l.Same) { // the same file has it twice: two captures of one amount, or a mistake
			l.ID, l.CreatedAt = known[i].ID, known[i].CreatedAt
			if err := decide(l); err != nil {
				return err
			}
			if l.Outcome != pay.SettlementConfirmed {
				repeat(l, known[i])
			}
			continue
		}
		adopted := i >= 0 && isOpen(known[i], *l)
		if i >= 0 && !adopted {
			repeat(l, known[i])
			continue
		}
		if adopted { // before it is decided: it may have to wait under its id
			l.ID, l.CreatedAt = known[i].ID, known[i].CreatedAt
		}
		if err := decide(l); err != nil {
			return err
		}
		if adopted {
			known[i], found = *l, append(found, *l)
			continue
		}
		known, added = append(known, *l), append(added, *l)
	}
	if len(added)+len(found) == 0 {
		return errUnchanged
	}
	return errors.Join(rows.InsertSettlementLines(ctx, added), rows.UpdateSettlementLines(ctx, found))
}

// isOpen says that a line which is stored is to be decided again: an orphan whose
// attempt is known now, or one that did not say yet what the gateway kept.
func isOpen(old, l pay.SettlementLine) bool {
	switch old.Outcome {
	case pay.SettlementOrphan:
		return l.TransactionID != nil
	case pay.SettlementConfirmed:
		return old.FeeMinor == nil && l.FeeMinor != nil
	}
	return false
}

// repeat gives a line the outcome of the same line that is stored: word for word in
// a repeat of the request that decided it, and else as one that is known.
func repeat(l *pay.SettlementLine, old pay.SettlementLine) {
	l.ID, l.CreatedAt, l.Outcome, l.Message = old.ID, old.CreatedAt, old.Outcome, old.Message
	l.TransactionID, l.PaymentID = old.TransactionID, old.PaymentID
	if old.Outcome == pay.SettlementConfirmed && (old.SettlementID != l.SettlementID || old.Position != l.Position) {
		l.Outcome, l.Message = pay.SettlementAlreadyConfirmed, "The same line was delivered before."
	}
}

// ListSettlementLines reads one page of the settlement lines that match, newest
// first. Not for customers: a gateway's files are about the company.
func (s *Service) ListSettlementLines(ctx context.Context, f pay.SettlementLineFilter, p pay.Page) (pay.Rows[pay.SettlementLine], error) {
	return readAsStaff(ctx, s, pay.ScopePaymentsRead, func(c caller) (pay.Rows[pay.SettlementLine], error) { return c.rows.ListSettlementLines(ctx, f, p) })
}

// CountSettlementLines counts the settlement lines that match.
func (s *Service) CountSettlementLines(ctx context.Context, f pay.SettlementLineFilter) (int, error) {
	return readAsStaff(ctx, s, pay.ScopePaymentsRead, func(c caller) (int, error) { return c.rows.CountSettlementLines(ctx, f) })
}
