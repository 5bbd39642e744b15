package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// audited is an entry of the audit log as the API shows it.
type audited struct {
	ID, Actor, Action, Subject, At   string
	Role, RequestID, SubjectID, Hash *string
	Before, After                    map[string]any
	Seq                              *int64
	Sealed                           bool
}

// String is who did what to what.
func (a audited) String() string { return a.Actor + " " + a.Action + " " + a.Subject }

const auditDocument = `query($filter: AuditFilter) { auditEntries(filter: $filter, first: 100) { totalCount nodes {
	id at actor role requestId action subject subjectId before after seq hash sealed } } }`

// auditOf reads the entries that match, newest first.
func auditOf(t *testing.T, c *apptest.Client, filter apptest.Vars) []audited {
	t.Helper()
	got := apptest.Do[struct {
		AuditEntries struct {
			TotalCount int
			Nodes      []audited
		}
	}](t, c, auditDocument, apptest.Vars{"filter": filter}).AuditEntries
	if got.TotalCount != len(got.Nodes) && len(got.Nodes) < 100 {
		t.Errorf("%d entries, but totalCount %d", len(got.Nodes), got.TotalCount)
	}
	return got.Nodes
}

// about is a filter for the entries about one thing.
func about(id string) apptest.Vars { return apptest.Vars{"subjectIds": []string{id}} }

// mutate sends a mutation that must succeed, and returns the answer.
func mutate(t *testing.T, c *apptest.Client, mutation, selection string, input apptest.Vars) apptest.Response {
	t.Helper()
	got := c.Send(t, documentOf(t, mutation, "{ "+selection+" errors { code path message } }"), apptest.Vars{"input": input})
	if !allowed(got) {
		t.Fatalf("%s: %s", mutation, got.Body)
	}
	return got
}

// TestAudit proves that changes leave entries with who made them, in which request,
// and what was there before and after, and that gateways, the program itself and
// whoever is at the database's prompt are told apart.
func TestAudit(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	var made struct {
		CreateCustomer struct{ Customer struct{ ID string } }
	}
	answer := mutate(t, s.admin, "createCustomer", "customer { id }", apptest.Vars{"customer": apptest.Vars{"email": "secret@example.com", "referenceId": "C-1"}})
	if err := json.Unmarshal(answer.Data, &made); err != nil {
		t.Fatal(err)
	}
	customer := made.CreateCustomer.Customer.ID
	changed := mutate(t, s.admin, "updateCustomer", "customer { id }", apptest.Vars{"id": customer, "email": "other@example.com"})
	entries := auditOf(t, s.admin, about(customer))
	if len(entries) != 2 || entries[0].String() != "admin:test UPDATE CUSTOMER" || entries[1].String() != "admin:test INSERT CUSTOMER" {
		t.Fatalf("entries: %v", entries)
	}
	update, insert := entries[0], entries[1]
	if *update.RequestID != changed.RequestID || *insert.RequestID != answer.RequestID || *update.Role != "ADMIN" || *insert.SubjectID != customer {
		t.Errorf("entries: %+v", entries)
	}
	if fmt.Sprint(update.Before, update.After) != "map[email:***] map[email:***]" || insert.Before != nil || insert.After["email"] != "***" || insert.After["reference_id"] != "C-1" {
		t.Errorf("before %v and after %v, new %v", update.Before, update.After, insert.After)
	}

	mutate(t, s.admin, "updatePaymentGateway", "paymentGateway { id }", apptest.Vars{"id": s.sandbox, "name": "Cards and more"})
	if e := auditOf(t, s.admin, but(about(s.sandbox), apptest.Vars{"actions": []string{"UPDATE"}})); len(e) != 1 || fmt.Sprint(e[0].Before, e[0].After) != "map[name:Cards] map[name:Cards and more]" {
		t.Errorf("a gateway's change: %+v", e)
	}
	configured := s.make.Gateway(apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "statementDescriptor", "value": "zqvalue"}}})
	if e := auditOf(t, s.admin, but(about(configured), apptest.Vars{"subjects": []string{"GATEWAY_PARAMETER"}})); !slices.ContainsFunc(e, func(a audited) bool {
		return a.After["parameter_id"] == "statementDescriptor" && a.After["tenant_default_value"] == "***"
	}) {
		t.Errorf("a gateway's parameters: %+v", e)
	}
	if _, err := s.api.Database.DB.Exec("UPDATE customers SET reference_id = 'C-2' WHERE reference_id = 'C-1'"); err != nil {
		t.Fatal(err)
	}
	if e := auditOf(t, s.admin, about(customer))[0]; !strings.HasPrefix(e.Actor, "database:") || e.Role != nil || e.RequestID != nil || e.Before["reference_id"] != "C-1" {
		t.Errorf("a change at the prompt: %+v", e)
	}
}

// TestAuditOfPaying proves that an entry says of what a gateway reports that the
// gateway did, and of what the program does by itself that it did.
func TestAuditOfPaying(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	paid := s.started(t, "a", "tok_approve", nil)
	if got := fmt.Sprint(auditOf(t, s.admin, about(paid.Payment.ID))); got != "[gateway UPDATE PAYMENT admin:test INSERT PAYMENT]" {
		t.Errorf("a payment: %s", got)
	}
	attempt := auditOf(t, s.admin, about(paid.Transaction.ID))
	if len(attempt) != 2 || attempt[0].Role != nil || attempt[0].RequestID == nil || *attempt[0].RequestID != *attempt[1].RequestID ||
		attempt[0].Before["status"] != "CREATED" || attempt[0].After["status"] != "CAPTURED" || attempt[1].After["token"] != "***" {
		t.Errorf("an attempt: %+v", attempt)
	}
	act(t, s.admin, "refundPayment", "r", apptest.Vars{"paymentId": paid.Payment.ID, "amount": minor(100)})
	refund := auditOf(t, s.admin, apptest.Vars{"subjects": []string{"REFUND"}})
	if got := fmt.Sprint(refund); got != "[gateway UPDATE REFUND admin:test INSERT REFUND]" || refund[0].After["status"] != "SUCCEEDED" || refund[1].After["amount_minor"] != 100.0 {
		t.Errorf("a refund: %+v", refund)
	}
	s.started(t, "b", "tok_otp", nil)
	clock.pass(pay.ActionTTL + time.Second)
	s.wakeAll(t)
	if own := auditOf(t, s.admin, apptest.Vars{"actors": []string{"system"}}); len(own) == 0 || own[0].Role != nil || own[0].RequestID != nil {
		t.Errorf("what the program did: %+v", own)
	}
}

// TestAuditOfCompany proves that a company's change stands in the logs of both its
// environments, and that no company sees another's log.
func TestAuditOfCompany(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	live := s.api.Client(s.api.Token(t, auth.Grant{Environment: pay.Live}))
	rival := s.api.Client(s.api.Token(t, auth.Grant{CompanyID: s.api.NewCompany(t, "rival").ID}))
	mutate(t, live, "updateCompany", "company { id }", apptest.Vars{"allowsSelfApproval": true})
	for name, client := range map[string]*apptest.Client{"live": live, "sandbox": s.admin} {
		e := auditOf(t, client, about(s.api.Company.GlobalID()))
		if fmt.Sprint(e) != "[admin:test UPDATE COMPANY operator:test INSERT COMPANY]" || fmt.Sprint(e[0].Before, e[0].After) != "map[allows_self_approval:false] map[allows_self_approval:true]" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if e := auditOf(t, rival, nil); len(e) != 1 || *e[0].SubjectID == s.api.Company.GlobalID() {
		t.Errorf("the rival sees %+v", e)
	}
}

// TestAuditFilter proves that each condition keeps what matches, and that pages
// hang together.
func TestAuditFilter(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.started(t, "a", "tok_approve", nil)
	all := auditOf(t, s.admin, nil)
	middle := all[len(all)/2].At
	for name, c := range map[string]struct {
		filter apptest.Vars
		keeps  func(audited) bool
	}{
		"actor":   {apptest.Vars{"actors": []string{"gateway"}}, func(a audited) bool { return a.Actor == "gateway" }},
		"action":  {apptest.Vars{"actions": []string{"UPDATE"}}, func(a audited) bool { return a.Action == "UPDATE" }},
		"subject": {apptest.Vars{"subjects": []string{"ORDER", "CUSTOMER"}}, func(a audited) bool { return a.Subject == "ORDER" || a.Subject == "CUSTOMER" }},
		"thing":   {about(s.customer), func(a audited) bool { return a.SubjectID != nil && *a.SubjectID == s.customer }},
		"from":    {apptest.Vars{"at": apptest.Vars{"gte": middle}}, func(a audited) bool { return a.At >= middle }},
		"until":   {apptest.Vars{"at": apptest.Vars{"lt": middle}}, func(a audited) bool { return a.At < middle }},
		"nothing": {about(absent(pay.KindOrder)), func(audited) bool { return false }},
	} {
		var want []string
		for _, a := range all {
			if c.keeps(a) {
				want = append(want, a.ID)
			}
		}
		var got []string
		for _, a := range auditOf(t, s.admin, c.filter) {
			got = append(got, a.ID)
		}
		if !slices.Equal(got, want) || len(want) == len(all) {
			t.Errorf("%s: %d entries, want %d of %d", name, len(got), len(want), len(all))
		}
	}
	var walked []string
	var after *string
	for more := true; more; {
		got := apptest.Do[struct {
			AuditEntries struct {
				Nodes    []audited
				PageInfo struct {
					HasNextPage bool
					EndCursor   *string
				}
			}
		}](t, s.admin, `query($after: String) { auditEntries(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`, apptest.Vars{"after": after}).AuditEntries
		for _, a := range got.Nodes {
			walked = append(walked, a.ID)
		}
		more, after = got.PageInfo.HasNextPage, got.PageInfo.EndCursor
	}
	if len(walked) != len(all) || walked[0] != all[0].ID || walked[len(walked)-1] != all[len(all)-1].ID {
		t.Errorf("pages hold %d of %d entries", len(walked), len(all))
	}
}
