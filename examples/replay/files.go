package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// The files of a folder.
const (
	customersFile = "customers.csv"
	ordersFile    = "orders.csv"
	itemsFile     = "order_items.csv"
	paymentsFile  = "order_payments.csv"
)

func (f *folder) readCustomers(dir string) error {
	seen := lines{}
	columns := []string{"customer_id", "customer_unique_id", "customer_zip_code_prefix", "customer_city", "customer_state"}
	return readCSV(dir, customersFile, columns, func(r row) error {
		var c customer
		for i, into := range []*string{&c.id, &c.uniqueID, &c.zipPrefix, &c.city, &c.state} {
			var err error
			if *into, err = r.text(columns[i]); err != nil {
				return err
			}
		}
		if _, err := r.id("customer_id"); err != nil {
			return err
		}
		f.customers = append(f.customers, c)
		return seen.once(r, "customer "+c.id, c.id)
	})
}

func (f *folder) readOrders(dir string) error {
	seen := lines{}
	columns := []string{"order_id", "customer_id", "order_purchase_timestamp"}
	return readCSV(dir, ordersFile, columns, func(r row) error {
		id, err := r.id("order_id")
		if err != nil {
			return err
		}
		customerID, err := r.id("customer_id")
		if err != nil {
			return err
		}
		purchased, err := r.id("order_purchase_timestamp")
		if err != nil {
			return err
		}
		placedAt, err := time.Parse(time.DateTime, purchased) // no zone in the text: UTC
		if err != nil {
			return r.fault("order_purchase_timestamp is not like 2017-10-02 10:56:33: %q", purchased)
		}
		f.orders = append(f.orders, &order{id: id, customerID: customerID, placedAt: placedAt})
		return seen.once(r, "order "+id, id)
	})
}

func (f *folder) readItems(dir string) error {
	byID := map[string]*order{}
	for _, o := range f.orders {
		byID[o.id] = o
	}
	seen := lines{}
	columns := []string{"order_id", "order_item_id", "product_id", "price", "freight_value"}
	err := readCSV(dir, itemsFile, columns, func(r row) error {
		orderID, err := r.id("order_id")
		if err != nil {
			return err
		}
		i, err := readItem(r)
		if err != nil {
			return err
		}
		if o := byID[orderID]; o != nil {
			o.items = append(o.items, i)
		} else {
			f.strayItems++
		}
		what := fmt.Sprintf("item %d of order %s", i.number, orderID)
		return seen.once(r, what, what)
	})
	for _, o := range f.orders {
		// The same order must have the same content in every run, even when the
		// file was sorted differently in between.
		slices.SortFunc(o.items, func(a, b item) int { return cmp.Compare(a.number, b.number) })
	}
	return err
}

func readItem(r row) (i item, err error) {
	if i.number, err = r.number("order_item_id"); err != nil {
		return i, err
	}
	if i.productID, err = r.id("product_id"); err != nil {
		return i, err
	}
	if i.price, err = r.amount("price"); err != nil {
		return i, err
	}
	i.freight, err = r.amount("freight_value")
	return i, err
}

func (f *folder) readPayments(dir string) error {
	group := map[string]int{}
	seen := lines{}
	columns := []string{"order_id", "payment_sequential", "payment_type", "payment_value"}
	err := readCSV(dir, paymentsFile, columns, func(r row) error {
		p, err := readPayment(r)
		if err != nil {
			return err
		}
		at, ok := group[p.orderID]
		if !ok {
			at = len(f.payments)
			group[p.orderID] = at
			f.payments = append(f.payments, orderPayments{orderID: p.orderID})
		}
		f.payments[at].rows = append(f.payments[at].rows, p)
		return seen.once(r, fmt.Sprintf("payment %d of order %s", p.sequence, p.orderID), p.key())
	})
	for _, g := range f.payments {
		slices.SortFunc(g.rows, func(a, b payment) int { return cmp.Compare(a.sequence, b.sequence) })
	}
	return err
}

func readPayment(r row) (p payment, err error) {
	if p.orderID, err = r.id("order_id"); err != nil {
		return p, err
	}
	if p.sequence, err = r.number("payment_sequential"); err != nil {
		return p, err
	}
	if p.kind, err = r.id("payment_type"); err != nil {
		return p, err
	}
	p.amount, err = r.amount("payment_value")
	return p, err
}
