package store

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"
)

// record is what is left to read of a row that the database has sent as one value: the binary
// form of a list of the binary forms of its columns (PostgreSQL: array_send, byteasend). Rows
// of several tables can come in one statement so, and nobody has to write numbers and times as
// text, read them, and make a value in memory of each, as the driver does for columns.
type record struct {
	// raw is the driver's, until the next row is read; text is the same, and lasts.
	raw  []byte
	text string
}

// recordOf is the SQL of a record of values, which are expressions of type bytea.
func recordOf(values []string) string {
	return "array_send(ARRAY[" + strings.Join(values, ", ") + "]::bytea[])"
}

var errRecord = errors.New("store: the database has sent a row in another form")

// recordHead is how long the head of a list with values is: how many dimensions it has, whether
// any value is null, of which type they are, how many, and from which number they are counted.
const recordHead = 20

func openRecord(raw []byte) (*record, error) {
	if len(raw) >= 4 && binary.BigEndian.Uint32(raw) == 0 { // there are no values
		return &record{}, nil
	}
	if len(raw) < recordHead {
		return nil, errRecord
	}
	raw = raw[recordHead:]
	return &record{raw, string(raw)}, nil
}

// next is the next value; null is nil.
func (r *record) next() (value []byte, text string, err error) {
	if len(r.raw) < 4 {
		return nil, "", errRecord
	}
	size := int32(binary.BigEndian.Uint32(r.raw)) // #nosec G115 -- it is sent as that
	value, text = r.raw[4:], r.text[4:]
	if size < 0 {
		r.raw, r.text = value, text
		return nil, "", nil
	}
	if len(value) < int(size) {
		return nil, "", errRecord
	}
	r.raw, r.text = value[size:], text[size:]
	return value[:size:size], text[:size], nil
}

// id is the next value, which is a UUID.
func (r *record) id() (id uuid.UUID, err error) {
	value, _, err := r.next()
	if err == nil && copy(id[:], value) != len(id) {
		err = errRecord
	}
	return id, err
}

// form is how values of a Go type are sent.
type form struct {
	// send makes bytea of an expression, for which %s stands.
	send string
	// read puts a value that is not null into a field; text is the same value.
	read func(field reflect.Value, value []byte, text string) error
	// null does it with null, and refuses it where it is nil.
	null func(field reflect.Value) error
}

var scannerType = reflect.TypeFor[sql.Scanner]()

// formOf panics for types that rows have no fields of.
func formOf(t reflect.Type) form {
	switch {
	case t == reflect.TypeFor[uuid.UUID]():
		return form{send: "uuid_send(%s)", read: readID}
	case t == reflect.TypeFor[time.Time]():
		return form{send: "timestamptz_send(%s)", read: readTime}
	case reflect.PointerTo(t).Implements(scannerType):
		return form{send: "textsend((%s)::text)", read: scan, null: func(field reflect.Value) error { return scan(field, nil, "") }}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return pointerTo(t.Elem())
	case reflect.String:
		return form{send: "textsend((%s)::text)", read: func(field reflect.Value, _ []byte, text string) error {
			field.SetString(text)
			return nil
		}}
	case reflect.Int, reflect.Int64:
		return form{send: "int8send(%s)", read: readInt}
	case reflect.Bool:
		return form{send: "boolsend(%s)", read: readBool}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return form{send: "%s", read: readBytes, null: func(reflect.Value) error { return nil }}
		}
	}
	panic(fmt.Sprintf("store: no column is read into a %s", t))
}

func pointerTo(t reflect.Type) form {
	of := formOf(t)
	return form{
		send: of.send,
		read: func(field reflect.Value, value []byte, text string) error {
			field.Set(reflect.New(t))
			return of.read(field.Elem(), value, text)
		},
		null: func(reflect.Value) error { return nil },
	}
}

func readID(field reflect.Value, value []byte, _ string) error {
	if copy(field.Addr().Interface().(*uuid.UUID)[:], value) != len(uuid.UUID{}) {
		return errRecord
	}
	return nil
}

func readInt(field reflect.Value, value []byte, _ string) error {
	if len(value) != 8 {
		return errRecord
	}
	field.SetInt(int64(binary.BigEndian.Uint64(value))) // #nosec G115 -- it is sent as that
	return nil
}

func readBool(field reflect.Value, value []byte, _ string) error {
	if len(value) != 1 {
		return errRecord
	}
	field.SetBool(value[0] != 0)
	return nil
}

func readBytes(field reflect.Value, value []byte, _ string) error {
	field.SetBytes(append([]byte{}, value...))
	return nil
}

// epoch is where PostgreSQL counts microseconds from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func readTime(field reflect.Value, value []byte, _ string) error {
	if len(value) != 8 {
		return errRecord
	}
	since := int64(binary.BigEndian.Uint64(value)) // #nosec G115 -- it is sent as that
	if since+epoch < since {
		return errors.New("store: a time without end")
	}
	*field.Addr().Interface().(*time.Time) = time.UnixMicro(since + epoch).UTC()
	return nil
}

func scan(field reflect.Value, value []byte, _ string) error {
	var src any
	if value != nil {
		src = value
	}
	return field.Addr().Interface().(sql.Scanner).Scan(src)
}
