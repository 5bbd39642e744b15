package auth_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

func TestIssuedTokenIsAccepted(t *testing.T) {
	t.Parallel()
	for _, role := range []pay.Role{pay.RoleCustomer, pay.RoleReadonly, pay.RoleStaff, pay.RolePartner, pay.RoleAdmin, pay.RoleOperator} {
		for _, environment := range []pay.Environment{pay.Live, pay.Sandbox} {
			t.Run(string(role)+" in "+string(environment), func(t *testing.T) {
				t.Parallel()
				g := auth.Grant{CompanyID: company, Environment: environment, Role: role, Subject: "ana", TTL: time.Hour}
				want := pay.Actor{
					ID: strings.ToLower(string(role)) + ":ana", Role: role, Scopes: role.MaxScopes(),
					TenantID: tenantIDs[environment], CompanyID: company, Environment: environment,
				}
				switch role {
				case pay.RoleCustomer:
					g.CustomerID, want.CustomerID = &customer, &customer
				case pay.RoleOperator:
					g.CompanyID, g.Environment = uuid.Nil, ""
					want.TenantID, want.CompanyID, want.Environment = uuid.Nil, uuid.Nil, ""
				}
				token, err := settings.Issue(g, now)
				if err != nil {
					t.Fatal(err)
				}
				got := accepted(t, newAuthenticator(t, settings, &memory{}), "Bearer "+token)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v\nwant %+v", got, want)
				}
			})
		}
	}
}

func TestIssueRefusesAGrantThatWouldNotWork(t *testing.T) {
	t.Parallel()
	good := auth.Grant{CompanyID: company, Environment: pay.Live, Role: pay.RoleStaff, Subject: "ana", TTL: time.Hour}
	if _, err := settings.Issue(good, now); err != nil {
		t.Fatal(err)
	}
	for outcome, change := range map[string]func(*auth.Grant){
		"unknown role":                  func(g *auth.Grant) { g.Role = "ROOT" },
		"lower case role":               func(g *auth.Grant) { g.Role = "staff" },
		"scope beyond the role":         func(g *auth.Grant) { g.Scopes = []pay.Scope{pay.ScopeGatewaysAdmin} },
		"unknown scope":                 func(g *auth.Grant) { g.Scopes = []pay.Scope{"payments:all"} },
		"customer without id":           func(g *auth.Grant) { g.Role = pay.RoleCustomer },
		"customer id for staff":         func(g *auth.Grant) { g.CustomerID = &customer },
		"operator with company":         func(g *auth.Grant) { g.Role, g.Environment = pay.RoleOperator, "" },
		"operator with environment":     func(g *auth.Grant) { g.Role, g.CompanyID = pay.RoleOperator, uuid.Nil },
		"no company":                    func(g *auth.Grant) { g.CompanyID = uuid.Nil },
		"no environment":                func(g *auth.Grant) { g.Environment = "" },
		"lower case environment":        func(g *auth.Grant) { g.Environment = "live" },
		"no subject":                    func(g *auth.Grant) { g.Subject = "" },
		"subject with line break":       func(g *auth.Grant) { g.Subject = "ana\nadmin" },
		"no time to live":               func(g *auth.Grant) { g.TTL = 0 },
		"time to live below one second": func(g *auth.Grant) { g.TTL = time.Second - 1 },
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			g := good
			change(&g)
			if token, err := settings.Issue(g, now); err == nil {
				t.Errorf("issued %s", token)
			}
		})
	}
	t.Run("keys of an identity provider", func(t *testing.T) {
		t.Parallel()
		s := auth.Settings{JWKSURL: "https://id.example/keys", Issuer: "i", Audience: "a"}
		if _, err := s.Issue(good, now); err == nil {
			t.Error("issued a token without a secret")
		}
	})
}

func TestNewRefusesSettings(t *testing.T) {
	t.Parallel()
	for outcome, change := range map[string]func(*auth.Settings){
		"without secret and keys":     func(s *auth.Settings) { s.Secret = nil },
		"with secret and keys":        func(s *auth.Settings) { s.JWKSURL = "https://id.example/keys" },
		"with a short secret":         func(s *auth.Settings) { s.Secret = s.Secret[:auth.MinSecret-1] },
		"without issuer":              func(s *auth.Settings) { s.Issuer = "" },
		"without audience":            func(s *auth.Settings) { s.Audience = "" },
		"with a key URL that is none": func(s *auth.Settings) { s.Secret, s.JWKSURL = nil, "keys" },
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			s := settings
			change(&s)
			if _, err := auth.New(s, &memory{}, clock); err == nil {
				t.Error("accepted")
			} else if strings.Contains(err.Error(), string(secret[:8])) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestUnusualButGoodTokenIsAccepted(t *testing.T) {
	t.Parallel()
	for outcome, authorization := range map[string]string{
		"lower case scheme":        "bearer " + strings.TrimPrefix(signed(goodClaims), "Bearer "),
		"two spaces":               "Bearer  " + strings.TrimPrefix(signed(goodClaims), "Bearer "),
		"several audiences":        signed(goodClaims.with(object{"aud": []string{"other", "payments"}})),
		"unknown claims":           signed(goodClaims.with(object{"email": "a@example.com", "nested": object{"role": "ADMIN"}})),
		"expired within leeway":    signed(goodClaims.with(object{"exp": now.Add(-59 * time.Second).Unix()})),
		"not yet, within leeway":   signed(goodClaims.with(object{"nbf": now.Add(time.Minute).Unix()})),
		"without iat and nbf":      signed(goodClaims.with(object{"iat": nil, "nbf": nil})),
		"null customer":            hs256(goodHeader.String(), strings.Replace(goodClaims.String(), "{", `{"customer":null,`, 1), secret),
		"bare UUID as company":     signed(goodClaims.with(object{"company": company.String()})),
		"Role beside role":         signed(goodClaims.with(object{"Role": "ADMIN", "ROLE": "ADMIN", "Company": "x"})),
		"kid without meaning":      hs256(goodHeader.with(object{"kid": "../../dev/null"}).String(), goodClaims.String(), secret),
		"twice the same algorithm": hs256(`{"alg":"none","alg":"HS256"}`, goodClaims.String(), secret),
		"no typ":                   hs256(`{"alg":"HS256"}`, goodClaims.String(), secret),
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			actor := accepted(t, newAuthenticator(t, settings, &memory{}), authorization)
			if actor.Role != pay.RoleStaff || actor.ID != "staff:ana" || actor.CustomerID != nil ||
				actor.TenantID != tenantIDs[pay.Sandbox] || !slices.Equal(actor.Scopes, pay.RoleStaff.MaxScopes()) {
				t.Errorf("got %+v", actor)
			}
		})
	}
}

func TestScopesAreCutToTheRole(t *testing.T) {
	t.Parallel()
	for outcome, c := range map[string]struct {
		role   pay.Role
		claim  any
		scopes []pay.Scope
	}{
		"absent is all of the role":    {pay.RoleReadonly, nil, []pay.Scope{pay.ScopePaymentsRead}},
		"empty is all of the role":     {pay.RoleReadonly, []string{}, []pay.Scope{pay.ScopePaymentsRead}},
		"less than the role":           {pay.RoleAdmin, []string{"payments:read"}, []pay.Scope{pay.ScopePaymentsRead}},
		"more than the role":           {pay.RoleReadonly, []string{"payments:write", "payments:read", "gateways:admin"}, []pay.Scope{pay.ScopePaymentsRead}},
		"nothing of the role":          {pay.RoleReadonly, []string{"payments:write"}, []pay.Scope{}},
		"the same twice":               {pay.RoleStaff, []string{"payments:pii", "payments:pii"}, []pay.Scope{pay.ScopePaymentsPII}},
		"approval is not for programs": {pay.RolePartner, []string{"payments:approve", "payments:refund"}, []pay.Scope{pay.ScopePaymentsRefund}},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			token := signed(goodClaims.with(object{"role": string(c.role), "scopes": c.claim}))
			actor := accepted(t, newAuthenticator(t, settings, &memory{}), token)
			if !slices.Equal(actor.Scopes, c.scopes) {
				t.Errorf("got %v, want %v", actor.Scopes, c.scopes)
			}
		})
	}
}

func TestForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t, settings, &memory{})
	accepted(t, a, signed(goodClaims)) // what the forgeries are made from is good
	for outcome, f := range forgeries(t) {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			refused(t, a, f.authorization, f.reason)
		})
	}
}

type forgery struct{ authorization, reason string }

func forgeries(t *testing.T) map[string]forgery {
	all := map[string]forgery{}
	for _, part := range []map[string]forgery{forgedForms(), forgedHeaders(t), forgedClaims(), forgedRights()} {
		for outcome, f := range part {
			if _, twice := all[outcome]; twice {
				t.Fatalf("%s is there twice", outcome)
			}
			all[outcome] = f
		}
	}
	if len(all) < 60 {
		t.Fatalf("only %d forgeries", len(all))
	}
	return all
}

// forgedForms are no tokens at all, or taken apart.
func forgedForms() map[string]forgery {
	good := signed(goodClaims)
	parts := strings.Split(good, ".")
	tail := good[len(good)-1:]
	spelling := "AEIMQUYcgkosw048" // last characters without unused bits
	other := string("BFJNRVZdhlptx159"[strings.Index(spelling, tail)])
	return map[string]forgery{
		"no header":                     {"", "no bearer credential"},
		"only spaces":                   {"   ", "no bearer credential"},
		"bare scheme":                   {"Bearer", "no bearer credential"},
		"bare scheme and space":         {"Bearer ", "no bearer credential"},
		"basic scheme":                  {"Basic " + encode("ana:password"), "no bearer credential"},
		"token under basic scheme":      {"Basic" + strings.TrimPrefix(good, "Bearer"), "no bearer credential"},
		"no scheme":                     {strings.TrimPrefix(good, "Bearer "), "no bearer credential"},
		"tab after scheme":              {strings.Replace(good, " ", "\t", 1), "no bearer credential"},
		"two credentials":               {good + ", " + good, "character"},
		"line break inside":             {good[:20] + "\n" + good[20:], "character"},
		"letter outside ASCII":          {good + "é", "character"},
		"NUL inside":                    {good + "\x00", "character"},
		"not a token":                   {"Bearer x", "segments"},
		"two parts":                     {parts[0] + "." + parts[1], "segments"},
		"four parts":                    {good + "." + parts[2], "segments"},
		"only dots":                     {"Bearer ..", "header"},
		"empty signature":               {parts[0] + "." + parts[1] + ".", "signature is invalid"},
		"half a signature":              {good[:len(good)-23], "signature is invalid"},
		"second spelling of signature":  {good[:len(good)-1] + other, "decode signature"},
		"padded signature":              {good + "=", "decode signature"},
		"claims of another token":       {parts[0] + "." + strings.Split(signed(goodClaims.with(object{"role": "ADMIN"})), ".")[1] + "." + parts[2], "signature is invalid"},
		"longer than 8 KiB":             {signed(goodClaims.with(object{"pad": strings.Repeat("x", 7000)})), "too long"},
		"huge":                          {"Bearer " + strings.Repeat("a", 10<<20), "too long"},
		"deeply nested claims":          {hs256(goodHeader.String(), strings.Repeat("[", 4000), secret), "claim"},
		"claims are null":               {hs256(goodHeader.String(), "null", secret), "exp claim is required"},
		"claims are an array":           {hs256(goodHeader.String(), "[]", secret), "not an object"},
		"claims are text":               {hs256(goodHeader.String(), `"role"`, secret), "not an object"},
		"claims are no JSON":            {hs256(goodHeader.String(), "role=ADMIN", secret), "claim"},
		"more behind the claims":        {hs256(goodHeader.String(), goodClaims.String()+"{}", secret), "claim"},
		"no claims":                     {hs256(goodHeader.String(), "", secret), "claim"},
		"empty claims":                  {hs256(goodHeader.String(), "{}", secret), "exp claim is required"},
		"encrypted token of five parts": {"Bearer " + strings.Repeat(encode("{}")+".", 4) + "x", "segments"},
	}
}

// forgedHeaders lie about how the token is signed.
func forgedHeaders(t *testing.T) map[string]forgery {
	claims := goodClaims.String()
	unsigned := func(alg string) string {
		return "Bearer " + encode(`{"alg":"`+alg+`"}`) + "." + encode(claims) + "."
	}
	header := func(change object) string { return hs256(goodHeader.with(change).String(), claims, secret) }
	stranger := []byte("an entirely different key of the right size")
	jwk := object{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(stranger)}
	return map[string]forgery{
		"algorithm none":                    {unsigned("none"), "signing method none is invalid"},
		"algorithm None":                    {unsigned("None"), "unavailable"},
		"algorithm none with signature":     {header(object{"alg": "none"}), "signing method none is invalid"},
		"no algorithm":                      {header(object{"alg": nil}), "unspecified"},
		"algorithm is a number":             {header(object{"alg": 256}), "unspecified"},
		"algorithm in lower case":           {header(object{"alg": "hs256"}), "unavailable"},
		"algorithm HS512":                   {header(object{"alg": "HS512"}), "signing method HS512 is invalid"},
		"algorithm RS256, secret as key":    {header(object{"alg": "RS256"}), "signing method RS256 is invalid"},
		"signed with RS256":                 {rs256(t, strangerKey(), `{"alg":"RS256"}`, claims), "signing method RS256 is invalid"},
		"wrong secret":                      {hs256(goodHeader.String(), claims, stranger), "signature is invalid"},
		"empty secret":                      {hs256(goodHeader.String(), claims, nil), "signature is invalid"},
		"kid that leads to an empty file":   {hs256(`{"alg":"HS256","kid":"/dev/null"}`, claims, nil), "signature is invalid"},
		"kid with SQL":                      {hs256(`{"alg":"HS256","kid":"' UNION SELECT 'x"}`, claims, []byte("x")), "signature is invalid"},
		"key in the header":                 {hs256(goodHeader.with(object{"jwk": jwk}).String(), claims, stranger), "signature is invalid"},
		"key URL in the header":             {hs256(goodHeader.with(object{"jku": "https://evil.example/keys"}).String(), claims, stranger), "signature is invalid"},
		"certificate URL in the header":     {hs256(goodHeader.with(object{"x5u": "https://evil.example/cert"}).String(), claims, stranger), "signature is invalid"},
		"critical extension":                {header(object{"crit": []string{"b64"}, "b64": false}), "extension"},
		"header is null":                    {hs256("null", claims, secret), "unspecified"},
		"header is an array":                {hs256("[]", claims, secret), "header"},
		"header is no JSON":                 {hs256("alg", claims, secret), "header"},
		"twice an algorithm, the last none": {hs256(`{"alg":"HS256","alg":"none"}`, claims, secret), "signing method none is invalid"},
	}
}

// forgedClaims are signed with the right secret, but not for here or now.
func forgedClaims() map[string]forgery {
	claims := func(change object) string { return signed(goodClaims.with(change)) }
	twice := func(member string) string {
		return hs256(goodHeader.String(), strings.Replace(goodClaims.String(), "{", "{"+member+",", 1), secret)
	}
	return map[string]forgery{
		"other issuer":                {claims(object{"iss": "paygraph2"}), "invalid issuer"},
		"issuer in upper case":        {claims(object{"iss": "PAYGRAPH"}), "invalid issuer"},
		"no issuer":                   {claims(object{"iss": nil}), "iss claim is required"},
		"issuer is a list":            {claims(object{"iss": []string{"paygraph"}}), "iss"},
		"other audience":              {claims(object{"aud": "payments2"}), "invalid audience"},
		"other audiences":             {claims(object{"aud": []string{"a", "b"}}), "invalid audience"},
		"no audience":                 {claims(object{"aud": nil}), "aud claim is required"},
		"empty list of audiences":     {claims(object{"aud": []string{}}), "aud claim is required"},
		"expired":                     {claims(object{"exp": now.Add(-time.Hour).Unix()}), "expired"},
		"expired just now":            {claims(object{"exp": now.Add(-time.Minute).Unix()}), "expired"},
		"expired at the epoch":        {claims(object{"exp": 0}), "expired"},
		"no expiry":                   {claims(object{"exp": nil}), "exp claim is required"},
		"expiry twice, once null":     {twice(`"exp":null`), "twice"},
		"expiry is text":              {claims(object{"exp": "never"}), "exp"},
		"expiry beyond all numbers":   {hs256(goodHeader.String(), strings.Replace(goodClaims.String(), `"exp":`, `"exp":1e999,"x":`, 1), secret), "exp"},
		"not yet valid":               {claims(object{"nbf": now.Add(61 * time.Second).Unix()}), "not valid yet"},
		"issued in the future":        {claims(object{"iat": now.Add(time.Hour).Unix()}), "used before issued"},
		"the same role twice":         {twice(`"role":"STAFF"`), "twice"},
		"two roles":                   {twice(`"role":"ADMIN"`), "twice"},
		"two roles, one escaped":      {twice(`"r\u006fle":"ADMIN"`), "twice"},
		"an unknown claim twice":      {twice(`"x":1,"x":2`), "twice"},
		"no subject":                  {claims(object{"sub": nil}), "subject"},
		"empty subject":               {claims(object{"sub": ""}), "subject"},
		"subject is a number":         {claims(object{"sub": 7}), "sub"},
		"subject with line break":     {claims(object{"sub": "ana\nadmin:root"}), "subject"},
		"subject with NUL":            {claims(object{"sub": "ana\x00"}), "subject"},
		"subject longer than 255":     {claims(object{"sub": strings.Repeat("a", 256)}), "subject"},
		"role and subject names case": {hs256(goodHeader.String(), strings.Replace(goodClaims.String(), `"role"`, `"Role"`, 1), secret), "role"},
	}
}

// forgedRights are signed with the right secret and ask for what nobody has.
func forgedRights() map[string]forgery {
	claims := func(change object) string { return signed(goodClaims.with(change)) }
	operator := object{"role": "OPERATOR", "company": nil, "environment": nil}
	someone := pay.FormatID(pay.KindCustomer, customer)
	return map[string]forgery{
		"no role":                    {claims(object{"role": nil}), "role"},
		"unknown role":               {claims(object{"role": "ROOT"}), "role"},
		"role in lower case":         {claims(object{"role": "staff"}), "role"},
		"role is a list":             {claims(object{"role": []string{"STAFF", "ADMIN"}}), "role"},
		"unknown scope":              {claims(object{"scopes": []string{"payments:read", "payments:all"}}), "scope"},
		"wildcard scope":             {claims(object{"scopes": []string{"*"}}), "scope"},
		"scopes are text":            {claims(object{"scopes": "payments:read payments:write"}), "scopes"},
		"scope in upper case":        {claims(object{"scopes": []string{"PAYMENTS:READ"}}), "scope"},
		"unknown company":            {claims(object{"company": pay.FormatID(pay.KindCompany, pay.NewID())}), "unknown"},
		"no company":                 {claims(object{"company": nil}), "company"},
		"company is no id":           {claims(object{"company": "acme"}), "company"},
		"company is a customer's id": {claims(object{"company": someone}), "company"},
		"environment in lower case":  {claims(object{"environment": "sandbox"}), "environment"},
		"no environment":             {claims(object{"environment": nil}), "environment"},
		"unknown environment":        {claims(object{"environment": "TEST"}), "environment"},
		"customer without customer":  {claims(object{"role": "CUSTOMER"}), "customer"},
		"customer with empty id":     {claims(object{"role": "CUSTOMER", "customer": ""}), "customer"},
		"customer with company's id": {claims(object{"role": "CUSTOMER", "customer": pay.FormatID(pay.KindCompany, company)}), "customer"},
		"staff with customer":        {claims(object{"customer": someone}), "customer"},
		"operator with company":      {claims(operator.with(object{"company": goodClaims["company"]})), "operator"},
		"operator with environment":  {claims(object{"role": "OPERATOR", "company": nil}), "operator"},
		"operator with customer":     {signed(goodClaims.with(operator).with(object{"company": nil, "environment": nil, "customer": someone})), "customer"},
	}
}

func TestDatabaseTroubleIsNoRefusal(t *testing.T) {
	t.Parallel()
	trouble := errors.Join(errors.New("read tenant"), pay.ErrUnavailable)
	a := newAuthenticator(t, settings, &memory{err: trouble})
	key, _, _ := auth.NewKey(pay.Live)
	for _, authorization := range []string{signed(goodClaims), "Bearer " + key} {
		if _, err := a.Authenticate(t.Context(), authorization); err != trouble {
			t.Errorf("got %v, want the source's error unchanged", err)
		}
	}
}

func TestTenantIsLookedUpOnce(t *testing.T) {
	t.Parallel()
	source := &memory{}
	a := newAuthenticator(t, settings, source)
	for range 3 {
		for _, e := range []string{"LIVE", "SANDBOX"} {
			actor := accepted(t, a, signed(goodClaims.with(object{"environment": e})))
			if actor.TenantID != tenantIDs[pay.Environment(e)] {
				t.Errorf("%s: tenant of the other environment", e)
			}
		}
	}
	if n := source.lookups.Load(); n != 2 {
		t.Errorf("%d look-ups, want 2", n)
	}
}

func rs256(t *testing.T, key *rsa.PrivateKey, header, claims string) string {
	t.Helper()
	text := encode(header) + "." + encode(claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(signature)
}
