package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// settlementBatch is how many rows of a file go into one request.
const settlementBatch = 1000

func reconcile(ctx context.Context, p Process, args []string) error {
	flags := newFlags("reconcile")
	company := flags.String("company", "", "short name of the company")
	gateway := flags.String("gateway", "", "id of the gateway whose file it is")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: %s --company SLUG --gateway ID [--environment live] FILE.csv\n", flags.Name())
		fmt.Fprintf(flags.Output(), "The file's header names the columns %s; amounts are decimal and fee may be empty.\n", strings.Join(settlementColumns, ","))
		fmt.Fprintln(flags.Output(), "Exits with 1 when a person must look at a row or the command broke off, with 2 when the file or the command line cannot be read.")
		flags.PrintDefaults()
	}
	file, grant, err := parseFile(p, flags, args, "company", "gateway")
	if err != nil {
		return err
	}
	rows, faults, err := readSettlementFile(file)
	if err != nil {
		return unreadable{err}
	}
	if len(faults) > 0 {
		fmt.Fprintln(p.Stderr, strings.Join(faults, "\n"))
		return unreadable{fmt.Errorf("%s: nothing was sent: faults: %d", file, len(faults))}
	}
	if len(rows) == 0 {
		return unreadable{fmt.Errorf("%s has no rows", file)}
	}
	if err := findTenant(ctx, p, *company, &grant); err != nil {
		return err
	}
	return withApp(ctx, p, func(a *App) error { return a.reconcileFile(ctx, p.Stdout, grant, *gateway, rows) })
}

// reconcileFile sends the rows of a file and prints what each came to. The key of a
// request is made from its content, so that the same file is the same request.
func (a *App) reconcileFile(ctx context.Context, out io.Writer, g auth.Grant, gateway string, rows []settlementRow) error {
	ctx, err := a.administrator(ctx, g)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "LINE\tEXTERNAL ID\tAMOUNT\tOUTCOME\tPAYMENT\tMESSAGE")
	count := map[pay.SettlementOutcome]int{}
	for part := range slices.Chunk(rows, settlementBatch) {
		in := service.ReconcilePaymentsInput{IdempotencyKey: fileKey(gateway, part), GatewayID: gateway}
		for _, row := range part {
			in.Lines = append(in.Lines, row.input)
		}
		done, err := a.Service.ReconcilePayments(ctx, in)
		if err != nil {
			return sendFault(err, part)
		}
		for i, l := range done.Lines {
			payment := "-"
			if l.PaymentID != nil {
				payment = pay.FormatID(pay.KindPayment, *l.PaymentID)
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", part[i].line, l.ExternalID, l.Amount(), l.Outcome, payment, l.Message)
			count[l.Outcome]++
		}
	}
	if err := table.Flush(); err != nil { // half a report must not pass as a whole one
		return err
	}
	fmt.Fprintf(out, "%d rows: %d confirmed, %d known before, %d waiting, %d at odds, %d without a payment\n", len(rows), count[pay.SettlementConfirmed],
		count[pay.SettlementAlreadyConfirmed], count[pay.SettlementWaiting], count[pay.SettlementDiscrepancy], count[pay.SettlementOrphan])
	if n := count[pay.SettlementDiscrepancy] + count[pay.SettlementOrphan]; n > 0 {
		return fmt.Errorf("rows that a person must look at: %d", n)
	}
	return nil
}

// fileKey names the request that brings these rows.
func fileKey(gateway string, rows []settlementRow) string {
	hash := sha256.New()
	fmt.Fprintln(hash, gateway)
	for _, row := range rows {
		fee, in := "", row.input
		if in.Fee != nil {
			fee = *in.Fee.Decimal
		}
		fmt.Fprintf(hash, "%q %s %s %s %s\n", in.ExternalID, *in.Amount.Decimal, *in.Amount.Currency, fee, in.SettledOn.Format(time.DateOnly))
	}
	return pay.FormatID("file", uuid.UUID(hash.Sum(nil)[:16]))
}

// sendFault says what a refusal is about in the words of the file.
func sendFault(err error, rows []settlementRow) error {
	for _, refusal := range pay.AsErrors(err) {
		if slices.Equal(refusal.Path, pay.At("input", "gatewayId")) {
			return unreadable{fmt.Errorf("--gateway: %s", refusal.Message)}
		}
	}
	return fmt.Errorf("rows from line %d on: %w; the same command does what was left", rows[0].line, err)
}
