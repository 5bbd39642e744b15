package pay

import (
	"encoding/hex"
	"time"

	"github.com/google/uuid"
)

// AuditAction is what an entry of the audit log tells of.
type AuditAction string

// The actions.
const (
	AuditInsert AuditAction = "INSERT"
	AuditUpdate AuditAction = "UPDATE"
	AuditDelete AuditAction = "DELETE"
	// AuditForbidden is a request that was refused.
	AuditForbidden AuditAction = "FORBIDDEN"
)

// AuditSubject is a sort of what entries of the audit log are about.
type AuditSubject string

// The subjects, by the tables that hold them; the migration that begins the audit
// log names the same.
const (
	AuditCompany          AuditSubject = "COMPANY"
	AuditBusiness         AuditSubject = "BUSINESS"
	AuditAPIKey           AuditSubject = "API_KEY"
	AuditTrustedDocument  AuditSubject = "TRUSTED_DOCUMENT"
	AuditCustomer         AuditSubject = "CUSTOMER"
	AuditCreditBalance    AuditSubject = "CREDIT_BALANCE"
	AuditProduct          AuditSubject = "PRODUCT"
	AuditGateway          AuditSubject = "PAYMENT_GATEWAY"
	AuditGatewayParameter AuditSubject = "GATEWAY_PARAMETER"
	AuditGatewayRule      AuditSubject = "GATEWAY_RULE"
	AuditMethod           AuditSubject = "PAYMENT_METHOD"
	AuditOrder            AuditSubject = "ORDER"
	AuditInvoice          AuditSubject = "INVOICE"
	AuditSubscription     AuditSubject = "BILLING_SUBSCRIPTION"
	AuditPayment          AuditSubject = "PAYMENT"
	AuditTransaction      AuditSubject = "TRANSACTION"
	AuditOperation        AuditSubject = "OPERATION"
	AuditRefund           AuditSubject = "REFUND"
	AuditWebhookEndpoint  AuditSubject = "WEBHOOK_ENDPOINT"
	// AuditRequest is what was refused: no row, so it has no id.
	AuditRequest AuditSubject = "REQUEST"
)

// auditKinds are the prefixes of the subjects' global ids. Store credit goes by its
// customer, a parameter and a rule by their gateway.
var auditKinds = map[AuditSubject]Kind{
	AuditCompany: KindCompany, AuditBusiness: KindBusiness, AuditAPIKey: KindAPIKey, AuditTrustedDocument: KindTrustedDocument, AuditCustomer: KindCustomer, AuditCreditBalance: KindCustomer,
	AuditProduct: KindProduct, AuditGateway: KindGateway, AuditGatewayParameter: KindGateway, AuditGatewayRule: KindGateway, AuditMethod: KindMethod, AuditOrder: KindOrder,
	AuditInvoice: KindInvoice, AuditSubscription: KindSubscription, AuditPayment: KindPayment, AuditTransaction: KindTransaction,
	AuditOperation: KindOperation, AuditRefund: KindRefund, AuditWebhookEndpoint: KindWebhookEndpoint,
}

// AuditEntry tells who changed what, or who was refused. The database writes entries
// by itself; they are only ever added.
type AuditEntry struct {
	ID uuid.UUID
	// At is by the database's clock.
	At    time.Time
	Actor string
	// Role is the role of the actor's credential; null for the program itself, for
	// gateways and for who is connected to the database.
	Role      *Role
	RequestID *string
	Action    AuditAction
	Subject   AuditSubject
	SubjectID *uuid.UUID
	// Before and After hold the columns that the change is about, masked where they
	// are secret or about a person.
	Before JSON
	After  JSON
	// Seq is the place in the tenant's chain and Hash covers the entry and all before
	// it; both are null until the entry is sealed.
	Seq  *int64
	Hash []byte
}

// KindAuditEntry is the prefix of the ids of entries of the audit log.
const KindAuditEntry Kind = "aud"

// GlobalID is the id in the API.
func (e AuditEntry) GlobalID() string { return FormatID(KindAuditEntry, e.ID) }

// SubjectGlobalID is the id of the row in the API, where there is one.
func (e AuditEntry) SubjectGlobalID() *string {
	kind, ok := auditKinds[e.Subject]
	if !ok || e.SubjectID == nil {
		return nil
	}
	id := FormatID(kind, *e.SubjectID)
	return &id
}

// HashText is the hash in hexadecimal.
func (e AuditEntry) HashText() *string {
	if e.Hash == nil {
		return nil
	}
	text := hex.EncodeToString(e.Hash)
	return &text
}

// Sealed says whether the entry is part of the chain.
func (e AuditEntry) Sealed() bool { return e.Seq != nil }

// AuditFilter says which entries to list; all conditions that are set must hold.
type AuditFilter struct {
	Actors   []string
	Actions  []AuditAction
	Subjects []AuditSubject
	// SubjectIDs are global ids, of any kind.
	SubjectIDs []string
	At         *DateTimeRange
}
