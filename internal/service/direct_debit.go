package service

import "github.com/paygraph/paygraph/internal/pay"

// directDebit checks a bank account. No refusal repeats its number: refusals are
// logged.
func (c *checks) directDebit(d DirectDebitInput, at pay.Path) {
	if _, err := pay.ParseIBAN(d.Iban); err != nil {
		c.Addf(pay.CodeInvalidInput, at.Then("iban"), "That is no IBAN: %v.", err)
	}
	if d.Bic != nil {
		if _, ok := pay.ParseBIC(*d.Bic); !ok {
			c.Addf(pay.CodeInvalidInput, at.Then("bic"), "A BIC has 8 or 11 letters and digits: bank, country, place, branch.")
		}
	}
	c.token(d.AccountID, 1, 100, at.Then("accountId"))
}

// masked is what is kept of a bank account that was checked.
func (d DirectDebitInput) masked() pay.DirectDebitDetails {
	number, _ := pay.ParseIBAN(d.Iban)
	details := pay.DirectDebitDetails{AccountID: d.AccountID, MaskedIBAN: ptr(number.Masked())}
	if d.Bic != nil {
		code, _ := pay.ParseBIC(*d.Bic)
		details.BIC = &code
	}
	return details
}
