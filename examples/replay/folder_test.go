package main

import (
	"encoding/csv"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// files are the four files of a folder as text.
type files map[string]string

// tiny is a folder of three orders: one that is paid in parts of which one is too
// much, one with a payment of nothing and one that is a cent too much, and one
// without items; and a payment of an order that nobody knows.
func tiny() files {
	return files{
		ordersFile: "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at\n" +
			"o1,c1,delivered,2017-10-31 23:59:59,\no2,c2,delivered,2017-11-01 00:00:00,\no3,c1,canceled,2017-11-02 10:00:00,\n",
		itemsFile: "order_id,order_item_id,product_id,seller_id,price,freight_value\n" +
			"o1,1,p1,s1,90.0,9.9\no1,2,p2,s1,0.1,0.00\no2,1,p1,s1,541.0,0\n",
		paymentsFile: "order_id,payment_sequential,payment_type,payment_installments,payment_value\n" +
			"o1,3,credit_card,1,40.00\no1,2,voucher,1,60.01\no1,1,voucher,1,60\n" +
			"o2,1,boleto,1,500.5\no2,2,not_defined,1,0.00\no2,3,debit_card,1,40.51\no3,1,credit_card,1,5.00\nmissing,1,boleto,1,1.00\n",
		customersFile: "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n" +
			"c1,u1,01310,são paulo,SP\n",
	}
}

func (f files) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range f {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// generate makes a folder with everything that real files have: several
// payments an order, too much, too little, nothing, negative, unknown orders and
// customers, rows out of order. It is the same for the same seed.
func generate(seed uint64, orders int) files {
	random := rand.New(rand.NewPCG(seed, 1))
	var rows [4][]string
	for n := range orders {
		id := fmt.Sprintf("order%04d", n)
		rows[0] = append(rows[0], fmt.Sprintf("%q,customer%d,x,2018-%02d-%02d 0%d:00:00", id, n/2, 1+n%12, 1+n%28, n%10))
		var total int64
		for i := range random.IntN(4) {
			price, freight := random.Int64N(50_000), random.Int64N(3_000)
			total += price + freight
			rows[1] = append(rows[1], fmt.Sprintf("%s,%d,product%d,%s,%s", id, i+1, random.IntN(50), decimal(random, price), decimal(random, freight)))
		}
		rows[2] = append(rows[2], generatePayments(random, id, total)...)
		if n%2 == 0 && n%14 != 0 {
			rows[3] = append(rows[3], fmt.Sprintf("customer%d,u%d,%05d,\"a city, \"\"far\"\" away\",SP", n/2, n, n))
		}
	}
	rows[2] = append(rows[2], "nowhere,boleto,2,3.30", "nowhere,voucher,1,1.10")
	heads := []string{"order_id,customer_id,order_status,order_purchase_timestamp", "order_id,order_item_id,product_id,price,freight_value",
		"order_id,payment_type,payment_sequential,payment_value", "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state"}
	f := files{}
	for i, name := range []string{ordersFile, itemsFile, paymentsFile, customersFile} {
		random.Shuffle(len(rows[i]), func(a, b int) { rows[i][a], rows[i][b] = rows[i][b], rows[i][a] })
		f[name] = "\ufeff" + strings.Join(append([]string{heads[i]}, rows[i]...), "\r\n") + "\r\n"
	}
	return f
}

func generatePayments(random *rand.Rand, id string, total int64) []string {
	kinds := []string{"credit_card", "boleto", "voucher", "debit_card", "not_defined"}
	amounts := []int64{total}
	switch random.IntN(8) {
	case 0:
		amounts = []int64{total + 1}
	case 1:
		amounts = []int64{total / 3, total, total - total/3} // the middle one is too much, then all is paid
	case 2:
		amounts = []int64{0, total / 2, -5}
	case 3:
		amounts = slices.Repeat([]int64{total / 15}, 14)
	case 4:
		amounts = nil
	}
	var rows []string
	for i, amount := range amounts {
		rows = append(rows, fmt.Sprintf("%s,%s,%d,%s", id, kinds[random.IntN(len(kinds))], i+1, decimal(random, amount)))
	}
	return rows
}

// decimal writes an amount in one of the ways that files write it: 5.40, 5.4 or 5.400.
func decimal(random *rand.Rand, amount int64) string {
	text := big.NewRat(amount, 100).FloatString(2)
	switch {
	case random.IntN(3) == 0:
		return text + "0"
	case strings.HasSuffix(text, "0"):
		return text[:len(text)-1]
	}
	return text
}

func table(text string) []map[string]string {
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		panic(err)
	}
	var list []map[string]string
	for _, row := range rows[1:] {
		values := map[string]string{}
		for i, name := range rows[0] {
			values[name] = row[i]
		}
		list = append(list, values)
	}
	return list
}

func rat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}

func inCents(r *big.Rat) cents { return cents(new(big.Rat).Mul(r, big.NewRat(100, 1)).Num().Int64()) }

// expected computes the report from the files alone, with rational numbers.
func expected(f files) report {
	want := report{Refused: map[string]int{}, ByType: map[string]byType{}, ByMonth: map[string]byMonth{}}
	owed, month := map[string]*big.Rat{}, map[string]string{}
	for _, o := range table(f[ordersFile]) {
		owed[o["order_id"]], month[o["order_id"]] = new(big.Rat), o["order_purchase_timestamp"][:7]
		want.Orders++
		m := want.ByMonth[o["order_purchase_timestamp"][:7]]
		m.Orders++
		want.ByMonth[o["order_purchase_timestamp"][:7]] = m
	}
	for _, i := range table(f[itemsFile]) {
		value := new(big.Rat).Add(rat(i["price"]), rat(i["freight_value"]))
		owed[i["order_id"]].Add(owed[i["order_id"]], value)
		want.OrderedMinor += inCents(value)
	}
	rows := table(f[paymentsFile])
	slices.SortFunc(rows, func(a, b map[string]string) int {
		return rat(a["payment_sequential"]).Cmp(rat(b["payment_sequential"]))
	})
	var left []map[string]string
	for _, p := range rows {
		id, value := p["order_id"], rat(p["payment_value"])
		if owed[id] == nil || value.Sign() <= 0 || value.Cmp(owed[id]) > 0 {
			left = append(left, p)
			continue
		}
		owed[id].Sub(owed[id], value)
		want.Payments++
		want.PaidMinor += inCents(value)
		kind, m := want.ByType[p["payment_type"]], want.ByMonth[month[id]]
		kind.Payments++
		kind.PaidMinor += inCents(value)
		m.PaidMinor += inCents(value)
		want.ByType[p["payment_type"]], want.ByMonth[month[id]] = kind, m
	}
	for _, p := range left {
		want.Refused[expectedCode(owed[p["order_id"]], rat(p["payment_value"]))]++
	}
	want.OutstandingMinor = want.OrderedMinor - want.PaidMinor
	return want
}

func expectedCode(owed, value *big.Rat) string {
	switch {
	case owed == nil:
		return "NOT_FOUND"
	case value.Sign() <= 0:
		return "AMOUNT_TOO_SMALL"
	case owed.Sign() == 0:
		return "ORDER_ALREADY_PAID"
	}
	return "AMOUNT_EXCEEDS_OUTSTANDING"
}
