package main

import (
	"slices"
	"time"
)

// folder is what the files say.
type folder struct {
	customers []customer
	orders    []*order
	payments  []orderPayments
	// strayItems counts items of orders that the folder does not have.
	strayItems int
}

type customer struct{ id, uniqueID, zipPrefix, city, state string }

type order struct {
	id, customerID string
	placedAt       time.Time
	items          []item
}

type item struct {
	number         int
	productID      string
	price, freight cents
}

// orderPayments are the payments of one order in their sequence.
type orderPayments struct {
	orderID string
	rows    []payment
}

type payment struct {
	orderID  string
	sequence int
	kind     string
	amount   cents
}

// readFolder reads and checks all files before anything is sent: a fault in the
// last line shall not be found when half of the folder is paid.
func readFolder(dir string) (*folder, error) {
	f := &folder{}
	for _, read := range []func(string) error{f.readCustomers, f.readOrders, f.readItems, f.readPayments} {
		if err := read(dir); err != nil {
			return nil, err
		}
	}
	f.addBareCustomers()
	return f, nil
}

// paymentTypes lists the types of payment, sorted.
func (f *folder) paymentTypes() []string {
	var kinds []string
	for _, group := range f.payments {
		for _, p := range group.rows {
			kinds = append(kinds, p.kind)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// addBareCustomers adds customers that only orders know, without an address: the
// API wants to know who owes.
func (f *folder) addBareCustomers() {
	known := map[string]bool{}
	for _, c := range f.customers {
		known[c.id] = true
	}
	for _, o := range f.orders {
		if !known[o.customerID] {
			known[o.customerID] = true
			f.customers = append(f.customers, customer{id: o.customerID})
		}
	}
}
