package graph

import (
	"reflect"
	"strings"
	"unicode"
)

// need is a field that may hold a component.
type need struct {
	field string
	tag   tag
	value reflect.Value
}

// pointer is what the field points to; invalid if that is nothing, or nothing
// that could be told from other things by its address.
func (n need) pointer() reflect.Value {
	value := n.value
	if value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	if value.Kind() != reflect.Pointer || value.IsNil() {
		return reflect.Value{}
	}
	return value
}

// tag is what a field's component tag says.
type tag struct {
	name     string
	optional bool
	skipped  bool
}

func readTag(written reflect.StructTag) tag {
	name, option, _ := strings.Cut(written.Get("component"), ",")
	if name == "-" {
		return tag{skipped: true}
	}
	return tag{name: name, optional: option == "optional"}
}

// kebab writes a field's name as components are named: CustomerScanner becomes
// customer-scanner, and HTTPServer http-server.
func kebab(name string) string {
	letters := []rune(name)
	var result strings.Builder
	for i, letter := range letters {
		if unicode.IsUpper(letter) && i > 0 && beginsWord(letters, i) {
			result.WriteByte('-')
		}
		result.WriteRune(unicode.ToLower(letter))
	}
	return result.String()
}

func beginsWord(letters []rune, i int) bool {
	return !unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])
}
