package bkashtest

import (
	"cmp"
	"net/http"

	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

// create makes a payment, another one for every request.
func (s *Server) create(b body) (resttest.Fault, func() (int, any)) {
	plan := s.plans[b.Amount]
	if plan == nil {
		plan = &Plan{}
	}
	return next(&plan.Create), func() (int, any) {
		n, ok := poishas(b.Amount)
		switch {
		case !ok:
			return refusal("2006")
		case b.Currency != "BDT":
			return refusal("2007")
		case b.Intent != "sale":
			return refusal("2008")
		case b.Mode != "0011" || b.Payer == "" || b.Callback == "" || b.Invoice == "":
			return refusal("2065")
		}
		if plan.Wrong {
			n += 100
		}
		own := *plan // each payment meets the faults anew
		p := &payment{id: s.newID("TR0011"), status: "Initiated", invoice: b.Invoice, callback: b.Callback, poishas: n, plan: &own}
		s.payments[p.id] = p
		return http.StatusOK, map[string]any{"statusCode": "0000", "statusMessage": "Successful", "paymentID": p.id, "bkashURL": "https://sandbox.payment.bkash.com/?paymentId=" + p.id + "&hash=x",
			"callbackURL": b.Callback, "amount": takas(n), "intent": "sale", "currency": "BDT", "transactionStatus": p.status, "merchantInvoiceNumber": p.invoice}
	}
}

// execute takes the money, once.
func (s *Server) execute(b body) (resttest.Fault, func() (int, any)) {
	p := s.payments[b.Payment]
	if p == nil {
		return resttest.None, func() (int, any) { return refusal("2002") }
	}
	return next(&p.plan.Execute), func() (int, any) {
		switch {
		case p.called && len(p.late) > 0:
			return refusal(cmp.Or(p.plan.Busy, "2029"))
		case p.called:
			return refusal("2117")
		case !p.verified:
			return refusal("2060")
		}
		p.called = true
		if p.plan.Late {
			p.late = append(p.late, func() { s.take(p) })
			return badGateway()
		}
		if p.plan.Code != "" {
			if !p.plan.Stays {
				p.status = "Failed"
			}
			return refusal(p.plan.Code)
		}
		s.take(p)
		return http.StatusOK, map[string]any{"statusCode": "0000", "statusMessage": "Successful", "paymentID": p.id, "payerReference": p.invoice, "customerMsisdn": "01770618575", "trxID": p.trx,
			"amount": takas(p.poishas), "transactionStatus": p.status, "paymentExecuteTime": "2026-03-04T11:15:56:336 GMT+0600", "currency": "BDT", "intent": "sale", "merchantInvoiceNumber": p.invoice}
	}
}

// take is the execution of a payment.
func (s *Server) take(p *payment) { p.status, p.trx = "Completed", s.newID("AIB") }

// badGateway is the answer to what the server is still at.
func badGateway() (int, any) {
	return http.StatusBadGateway, map[string]any{"message": "Bad Gateway"}
}

// Finish has the server finish what it is still at for an attempt.
func (s *Server) Finish(attempt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.payments {
		if p.invoice == attempt {
			for _, do := range p.late {
				do()
			}
			p.late = nil
		}
	}
}

func (s *Server) query(b body) (resttest.Fault, func() (int, any)) {
	p := s.payments[b.Payment]
	if p == nil {
		return resttest.None, func() (int, any) { return refusal("2002") }
	}
	return next(&p.plan.Query), func() (int, any) {
		verified := map[bool]string{true: "Complete", false: "Incomplete"}[p.verified]
		all := map[string]any{"statusCode": "0000", "statusMessage": "Successful", "paymentID": p.id, "mode": "0011", "amount": takas(p.poishas), "currency": "BDT", "intent": "sale",
			"merchantInvoice": p.invoice, "transactionStatus": p.status, "verificationStatus": verified, "payerReference": p.invoice}
		if p.trx != "" {
			all["trxID"] = p.trx
		}
		return http.StatusOK, all
	}
}

// refund gives money back, every time that it is asked.
func (s *Server) refund(b body) (resttest.Fault, func() (int, any)) {
	p := s.payments[b.RefundOf]
	if p == nil {
		return resttest.None, func() (int, any) { return refused("2002") }
	}
	return next(&p.plan.Refund), func() (int, any) {
		n, ok := poishas(b.Back)
		switch {
		case b.SKU == "" || b.Reason == "":
			return http.StatusBadRequest, map[string]any{"message": "Invalid request body"}
		case p.plan.RefundCode != "":
			return refused(p.plan.RefundCode)
		case p.trx == "" || b.Trx != p.trx:
			return refused("2077")
		case !ok || n+p.back() > p.poishas || len(p.refunds) == 10:
			return refused("2072")
		}
		status := p.plan.RefundStatus
		if status == "" {
			status = "Completed"
		}
		r := &refund{s.newID("DIK"), b.SKU, status, n}
		if p.plan.LateRefund {
			p.plan.LateRefund = false
			p.late = append(p.late, func() { p.refunds = append(p.refunds, r) })
			return badGateway()
		}
		p.refunds = append(p.refunds, r)
		all := r.shown(false)
		all["originalTrxId"], all["originalTrxAmount"], all["currency"], all["reason"] = p.trx, takas(p.poishas), "BDT", b.Reason
		return http.StatusOK, all
	}
}

func (s *Server) list(b body) (resttest.Fault, func() (int, any)) {
	p := s.payments[b.RefundOf]
	if p == nil || b.Trx != p.trx {
		return resttest.None, func() (int, any) { return refused("2077") }
	}
	return resttest.None, func() (int, any) {
		all := map[string]any{"originalTrxId": p.trx, "originalTrxAmount": takas(p.poishas)}
		if len(p.refunds) > 0 {
			var list []any
			for _, r := range p.refunds {
				list = append(list, r.shown(p.plan.NoSKU))
			}
			all["refundTransactions"] = list
		}
		return http.StatusOK, all
	}
}

// refused is how the newer interface says why it does not do something.
func refused(code string) (int, any) {
	return http.StatusBadRequest, map[string]any{"internalCode": "a_reason", "externalCode": code, "errorMessageEn": "told <secret> to nobody", "errorMessageBn": nil}
}

func (r *refund) shown(bare bool) map[string]any {
	all := map[string]any{"refundTrxId": r.trx, "refundTransactionStatus": r.status, "refundAmount": takas(r.poishas), "completedTime": "2026-03-04T11:20:56:336 GMT+0600"}
	if !bare {
		all["sku"] = r.sku
	}
	return all
}

// back is what went back, or is on its way.
func (p *payment) back() (sum int64) {
	for _, r := range p.refunds {
		sum += r.poishas
	}
	return sum
}

// Confirm is the payer who confirms a payment.
func (s *Server) Confirm(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.payments[id]; p != nil {
		p.verified = true
	}
}

// Leave is the payer who confirms a payment, or does not want to pay, and the address that
// they come back to.
func (s *Server) Leave(id string, confirms bool) string {
	status := "cancel"
	if confirms {
		s.Confirm(id)
		status = "success"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return resttest.Back(s.payments[id].callback, "paymentID", id, "status", status, "signature", "x", "apiVersion", "1.2.0-beta")
}

// End is a payment that ends with a status, such as Cancelled.
func (s *Server) End(id, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payments[id].status = status
}

// Books are sums of an attempt, in takas, and how many payments were made for it.
type Books struct {
	Captured, Refunded string
	Payments           int
}

// Books says what the server has of an attempt.
func (s *Server) Books(attempt string) Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Books
	var captured, refunded int64
	for _, p := range s.payments {
		if p.invoice != attempt {
			continue
		}
		b.Payments++
		if p.status == "Completed" {
			captured += p.poishas
		}
		for _, r := range p.refunds {
			if r.status == "Completed" {
				refunded += r.poishas
			}
		}
	}
	b.Captured, b.Refunded = takas(captured), takas(refunded)
	return b
}
