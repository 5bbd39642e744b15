package breadth

// OfList is how long a list is.
func OfList[T any](list []T) int {
	if list == nil { // counted as the empty list that it is
		return 0
	}
	return len(list)
}

// OfPointer is the length of an object that may be null.
func OfPointer[T any](p *T) int {
	if p == nil {
		return noObject
	}
	return oneObject
}

// OfValue is the length of an object.
func OfValue[T any](T) int { return oneObject }

// OfAny is the length of an interface or union.
func OfAny[T any](v T) int {
	if any(v) == nil {
		return noObject
	}
	return oneObject
}

// Pointers are the objects of a column that are there.
func Pointers[T any](column []*T) []*T {
	found := make([]*T, 0, len(column))
	for _, p := range column {
		if p != nil {
			found = append(found, p)
		}
	}
	return found
}

// Values are the objects of a column.
func Values[T any](column []T) []*T {
	found := make([]*T, len(column))
	for i := range column {
		found[i] = &column[i]
	}
	return found
}

// Elements are the objects in the lists of a column.
func Elements[T any](column [][]T) []*T {
	found := make([]*T, 0, total(column))
	for _, list := range column {
		for i := range list {
			found = append(found, &list[i])
		}
	}
	return found
}

// Lists puts the lists of a column one behind the other.
func Lists[T any](column [][]T) []T {
	all := make([]T, 0, total(column))
	for _, list := range column {
		all = append(all, list...)
	}
	return all
}

func total[T any](column [][]T) (n int) {
	for _, list := range column {
		n += len(list)
	}
	return n
}
