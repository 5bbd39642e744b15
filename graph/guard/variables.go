package guard

import "encoding/json"

// Limits of variables. The schema says of most values how long they may be, in
// refusals that name the field; these are above all of that.
const (
	// MaxList counts the items of a list, and the fields of an object.
	MaxList = 5_000
	// MaxText is the length of a text in bytes.
	MaxText = 64 << 10
	// MaxNumber is the length of a number in digits.
	MaxNumber = 64
)

// Limits of a text of JSON before it is decoded, which takes much more room than the
// text: a hundred orders with 2,000 lines have about 60,000 values.
const (
	// MaxJSONValues counts values, the names of fields left out.
	MaxJSONValues = 100_000
	// MaxJSONDepth counts lists and objects inside each other, around and in variables.
	MaxJSONDepth = MaxValueDepth + 2
)

// JSON refuses text that is not worth decoding. Whether it is JSON is for the decoder
// to say.
func JSON(text []byte) *Refusal {
	if halfSurrogate(text) {
		return &Refusal{NotGraphQL, "A text in the request has half of a surrogate pair.", nil}
	}
	var items [MaxJSONDepth + 1]int // of each list or object that is open
	depth, values := 0, 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth > MaxJSONDepth {
				return tooLarge(nil, "The request has more than %d lists and objects in each other.", MaxJSONDepth)
			}
			items[depth] = 1
			values++
		case '}', ']':
			depth = max(depth-1, 0)
		case ',':
			if items[depth]++; items[depth] > MaxList {
				return tooLarge(nil, "A list in the request has more than %d items.", MaxList)
			}
			values++
		}
		if values > MaxJSONValues {
			return tooLarge(nil, "The request has more than %d values.", MaxJSONValues)
		}
	}
	return nil
}

// Variables refuses variables as they were decoded, with numbers as json.Number.
func Variables(values map[string]any) *Refusal {
	if len(values) > MaxVariables {
		return tooLarge(nil, "More than %d variables are sent.", MaxVariables)
	}
	for _, value := range values {
		if refusal := variable(value, 0); refusal != nil {
			return refusal
		}
	}
	return nil
}

// variable looks at a value inside so many others.
func variable(value any, depth int) *Refusal {
	switch v := value.(type) {
	case string:
		if len(v) > MaxText {
			return tooLarge(nil, "A text in the variables is longer than %d bytes.", MaxText)
		}
	case json.Number:
		if len(v) > MaxNumber {
			return tooLarge(nil, "A number in the variables is longer than %d digits.", MaxNumber)
		}
	case []any:
		if refusal := inside(len(v), depth); refusal != nil {
			return refusal
		}
		for _, item := range v {
			if refusal := variable(item, depth+1); refusal != nil {
				return refusal
			}
		}
	case map[string]any:
		if refusal := inside(len(v), depth); refusal != nil {
			return refusal
		}
		for _, field := range v {
			if refusal := variable(field, depth+1); refusal != nil {
				return refusal
			}
		}
	}
	return nil
}

func inside(length, depth int) *Refusal {
	if length > MaxList {
		return tooLarge(nil, "A list in the variables has more than %d items.", MaxList)
	}
	if length > 0 && depth >= MaxValueDepth {
		return tooLarge(nil, "A variable has more than %d lists and objects in each other.", MaxValueDepth)
	}
	return nil
}
