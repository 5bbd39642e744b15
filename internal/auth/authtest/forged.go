package authtest

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// Forgery is the value of an Authorization header that must be refused.
type Forgery struct {
	Authorization string
	// Reason is part of what the log is told.
	Reason string
}

// Forgeries are what must be refused, by what is wrong with each. All else about it is
// as it should be.
func (g Good) Forgeries() map[string]Forgery {
	all := map[string]Forgery{}
	for _, part := range []map[string]Forgery{g.forgedForms(), g.forgedHeaders(), g.forgedClaims(), g.forgedRights()} {
		for outcome, f := range part {
			if _, twice := all[outcome]; twice {
				panic("authtest: a forgery is there twice: " + outcome)
			}
			all[outcome] = f
		}
	}
	return all
}

// forgedForms are no tokens at all, or taken apart.
func (g Good) forgedForms() map[string]Forgery {
	good := g.Token()
	parts := strings.Split(good, ".")
	tail := good[len(good)-1:]
	spelling := "AEIMQUYcgkosw048" // last characters without unused bits
	other := string("BFJNRVZdhlptx159"[strings.Index(spelling, tail)])
	return map[string]Forgery{
		"no header":                     {"", "no credential is shown"},
		"only spaces":                   {"   ", "no credential is shown"},
		"bare scheme":                   {"Bearer", "no credential is shown"},
		"bare scheme and space":         {"Bearer ", "no credential is shown"},
		"basic scheme":                  {"Basic " + Encode("ana:password"), "no credential is shown"},
		"token under basic scheme":      {"Basic" + strings.TrimPrefix(good, "Bearer"), "no credential is shown"},
		"no scheme":                     {strings.TrimPrefix(good, "Bearer "), "no credential is shown"},
		"tab after scheme":              {strings.Replace(good, " ", "\t", 1), "no credential is shown"},
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
		"claims of another token":       {parts[0] + "." + strings.Split(g.signed(g.Claims.With(Object{"role": "ADMIN"})), ".")[1] + "." + parts[2], "signature is invalid"},
		"longer than 8 KiB":             {g.signed(g.Claims.With(Object{"pad": strings.Repeat("x", 7000)})), "too long"},
		"huge":                          {"Bearer " + strings.Repeat("a", 10<<20), "too long"},
		"deeply nested claims":          {HS256(Header.String(), strings.Repeat("[", 4000), g.Secret), "claim"},
		"claims are null":               {HS256(Header.String(), "null", g.Secret), "exp claim is required"},
		"claims are an array":           {HS256(Header.String(), "[]", g.Secret), "not an object"},
		"claims are text":               {HS256(Header.String(), `"role"`, g.Secret), "not an object"},
		"claims are no JSON":            {HS256(Header.String(), "role=ADMIN", g.Secret), "claim"},
		"more behind the claims":        {HS256(Header.String(), g.Claims.String()+"{}", g.Secret), "claim"},
		"no claims":                     {HS256(Header.String(), "", g.Secret), "claim"},
		"empty claims":                  {HS256(Header.String(), "{}", g.Secret), "exp claim is required"},
		"encrypted token of five parts": {"Bearer " + strings.Repeat(Encode("{}")+".", 4) + "x", "segments"},
	}
}

// forgedHeaders lie about how the token is signed.
func (g Good) forgedHeaders() map[string]Forgery {
	claims := g.Claims.String()
	unsigned := func(alg string) string {
		return "Bearer " + Encode(`{"alg":"`+alg+`"}`) + "." + Encode(claims) + "."
	}
	header := func(change Object) string { return HS256(Header.With(change).String(), claims, g.Secret) }
	stranger := []byte("an entirely different key of the right size")
	jwk := Object{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(stranger)}
	return map[string]Forgery{
		"algorithm none":                    {unsigned("none"), "signing method none is invalid"},
		"algorithm None":                    {unsigned("None"), "unavailable"},
		"algorithm none with signature":     {header(Object{"alg": "none"}), "signing method none is invalid"},
		"no algorithm":                      {header(Object{"alg": nil}), "unspecified"},
		"algorithm is a number":             {header(Object{"alg": 256}), "unspecified"},
		"algorithm in lower case":           {header(Object{"alg": "hs256"}), "unavailable"},
		"algorithm HS512":                   {header(Object{"alg": "HS512"}), "signing method HS512 is invalid"},
		"algorithm RS256, secret as key":    {header(Object{"alg": "RS256"}), "signing method RS256 is invalid"},
		"signed with RS256":                 {RS256(strangerKey(), `{"alg":"RS256"}`, claims), "signing method RS256 is invalid"},
		"wrong secret":                      {HS256(Header.String(), claims, stranger), "signature is invalid"},
		"empty secret":                      {HS256(Header.String(), claims, nil), "signature is invalid"},
		"kid that leads to an empty file":   {HS256(`{"alg":"HS256","kid":"/dev/null"}`, claims, nil), "signature is invalid"},
		"kid with SQL":                      {HS256(`{"alg":"HS256","kid":"' UNION SELECT 'x"}`, claims, []byte("x")), "signature is invalid"},
		"key in the header":                 {HS256(Header.With(Object{"jwk": jwk}).String(), claims, stranger), "signature is invalid"},
		"key URL in the header":             {HS256(Header.With(Object{"jku": "https://evil.example/keys"}).String(), claims, stranger), "signature is invalid"},
		"certificate URL in the header":     {HS256(Header.With(Object{"x5u": "https://evil.example/cert"}).String(), claims, stranger), "signature is invalid"},
		"critical extension":                {header(Object{"crit": []string{"b64"}, "b64": false}), "extension"},
		"header is null":                    {HS256("null", claims, g.Secret), "unspecified"},
		"header is an array":                {HS256("[]", claims, g.Secret), "header"},
		"header is no JSON":                 {HS256("alg", claims, g.Secret), "header"},
		"twice an algorithm, the last none": {HS256(`{"alg":"HS256","alg":"none"}`, claims, g.Secret), "signing method none is invalid"},
	}
}

// forgedClaims are signed with the right g.Secret, but not for here or now.
func (g Good) forgedClaims() map[string]Forgery {
	claims := func(change Object) string { return g.signed(g.Claims.With(change)) }
	twice := func(member string) string {
		return HS256(Header.String(), strings.Replace(g.Claims.String(), "{", "{"+member+",", 1), g.Secret)
	}
	return map[string]Forgery{
		"other issuer":                {claims(Object{"iss": "paygraph2"}), "invalid issuer"},
		"issuer in upper case":        {claims(Object{"iss": "PAYGRAPH"}), "invalid issuer"},
		"no issuer":                   {claims(Object{"iss": nil}), "iss claim is required"},
		"issuer is a list":            {claims(Object{"iss": []string{"paygraph"}}), "iss"},
		"other audience":              {claims(Object{"aud": "payments2"}), "invalid audience"},
		"other audiences":             {claims(Object{"aud": []string{"a", "b"}}), "invalid audience"},
		"no audience":                 {claims(Object{"aud": nil}), "aud claim is required"},
		"empty list of audiences":     {claims(Object{"aud": []string{}}), "aud claim is required"},
		"expired":                     {claims(Object{"exp": g.Now.Add(-time.Hour).Unix()}), "expired"},
		"expired just now":            {claims(Object{"exp": g.Now.Unix()}), "expired"},
		"expired at the epoch":        {claims(Object{"exp": 0}), "expired"},
		"no expiry":                   {claims(Object{"exp": nil}), "exp claim is required"},
		"expiry twice, once null":     {twice(`"exp":null`), "twice"},
		"expiry is text":              {claims(Object{"exp": "never"}), "exp"},
		"expiry beyond all numbers":   {HS256(Header.String(), strings.Replace(g.Claims.String(), `"exp":`, `"exp":1e999,"x":`, 1), g.Secret), "exp"},
		"not yet valid":               {claims(Object{"nbf": g.Now.Add(time.Hour).Unix()}), "not valid yet"},
		"issued in the future":        {claims(Object{"iat": g.Now.Add(time.Hour).Unix()}), "used before issued"},
		"the same role twice":         {twice(`"role":"STAFF"`), "twice"},
		"two roles":                   {twice(`"role":"ADMIN"`), "twice"},
		"two roles, one escaped":      {twice(`"r\u006fle":"ADMIN"`), "twice"},
		"an unknown claim twice":      {twice(`"x":1,"x":2`), "twice"},
		"no subject":                  {claims(Object{"sub": nil}), "subject"},
		"empty subject":               {claims(Object{"sub": ""}), "subject"},
		"subject is a number":         {claims(Object{"sub": 7}), "sub"},
		"subject with line break":     {claims(Object{"sub": "ana\nadmin:root"}), "subject"},
		"subject with NUL":            {claims(Object{"sub": "ana\x00"}), "subject"},
		"subject longer than 255":     {claims(Object{"sub": strings.Repeat("a", 256)}), "subject"},
		"role and subject names case": {HS256(Header.String(), strings.Replace(g.Claims.String(), `"role"`, `"Role"`, 1), g.Secret), "role"},
	}
}

// forgedRights are signed with the right g.Secret and ask for what nobody has.
func (g Good) forgedRights() map[string]Forgery {
	claims := func(change Object) string { return g.signed(g.Claims.With(change)) }
	operator := Object{"role": "OPERATOR", "company": nil, "environment": nil}
	someone := pay.FormatID(pay.KindCustomer, pay.NewID())
	return map[string]Forgery{
		"no role":                         {claims(Object{"role": nil}), "role"},
		"unknown role":                    {claims(Object{"role": "ROOT"}), "role"},
		"role in letters that look alike": {claims(Object{"role": "АDMIN"}), "role"}, // the first is Cyrillic
		"role with a space":               {claims(Object{"role": "ADMIN "}), "role"},
		"role in lower case":              {claims(Object{"role": "staff"}), "role"},
		"role is a list":                  {claims(Object{"role": []string{"STAFF", "ADMIN"}}), "role"},
		"unknown scope":                   {claims(Object{"scopes": []string{"payments:read", "payments:all"}}), "scope"},
		"scopes are null":                 {HS256(Header.String(), strings.Replace(g.Claims.String(), "{", `{"scopes":null,`, 1), g.Secret), "scopes is null"},
		"wildcard scope":                  {claims(Object{"scopes": []string{"*"}}), "scope"},
		"scopes are text":                 {claims(Object{"scopes": "payments:read payments:write"}), "scopes"},
		"scope in upper case":             {claims(Object{"scopes": []string{"PAYMENTS:READ"}}), "scope"},
		"unknown company":                 {claims(Object{"company": pay.FormatID(pay.KindCompany, pay.NewID())}), "unknown"},
		"no company":                      {claims(Object{"company": nil}), "company"},
		"company is no id":                {claims(Object{"company": "acme"}), "company"},
		"company is a customer's id":      {claims(Object{"company": someone}), "company"},
		"environment in lower case":       {claims(Object{"environment": "sandbox"}), "environment"},
		"no environment":                  {claims(Object{"environment": nil}), "environment"},
		"unknown environment":             {claims(Object{"environment": "TEST"}), "environment"},
		"customer without customer":       {claims(Object{"role": "CUSTOMER"}), "customer"},
		"customer with empty id":          {claims(Object{"role": "CUSTOMER", "customer": ""}), "customer"},
		"customer with company's id":      {claims(Object{"role": "CUSTOMER", "customer": pay.FormatID(pay.KindCompany, pay.NewID())}), "customer"},
		"staff with customer":             {claims(Object{"customer": someone}), "customer"},
		"operator with company":           {claims(operator.With(Object{"company": g.Claims["company"]})), "operator"},
		"operator with environment":       {claims(Object{"role": "OPERATOR", "company": nil}), "operator"},
		"operator with customer":          {g.signed(g.Claims.With(operator).With(Object{"company": nil, "environment": nil, "customer": someone})), "customer"},
	}
}
