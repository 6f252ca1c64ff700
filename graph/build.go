package graph

import (
	"reflect"
	"slices"
)

// Why a component is missing.
const (
	notSet        = "not set"
	notRegistered = "not registered"
)

// New finds the arrows between components.
//
// A field's tag says what cannot be seen from its type: `component:"name"` needs
// the component of that name, `component:",optional"` may be nil, and
// `component:"-"` is no component at all.
func New(components ...Component) Graph {
	b := builder{names: map[any]string{}, kinds: map[reflect.Type][]Component{}}
	for _, component := range components {
		b.register(component)
	}
	for _, component := range components {
		b.fields(component)
	}
	return b.graph
}

type builder struct {
	graph Graph
	// names are those of the components by the pointers to their structs.
	names map[any]string
	// kinds are the components by the types of those pointers.
	kinds map[reflect.Type][]Component
}

func (b *builder) register(component Component) {
	node := Node{Name: component.Name, Kind: component.Kind, Detail: component.Detail}
	if node.Kind == "" {
		node.Kind = Plain
	}
	value := reflect.ValueOf(component.Value)
	if isNil(value) {
		node = missingNode(component.Name, notSet)
	}
	b.graph.Nodes = append(b.graph.Nodes, node)
	if value.Kind() != reflect.Pointer {
		return
	}
	b.kinds[value.Type()] = append(b.kinds[value.Type()], component)
	if _, known := b.names[component.Value]; !known && !value.IsNil() {
		b.names[component.Value] = component.Name
	}
}

// isNil reports whether there is nothing, or a pointer to nothing.
func isNil(value reflect.Value) bool {
	return !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil()
}

func missingNode(name, why string) Node {
	return Node{Name: name, Kind: missing, Detail: why, Missing: true}
}

// fields adds the arrows that begin at a component.
func (b *builder) fields(component Component) {
	structure := reflect.ValueOf(component.Value)
	if structure.Kind() != reflect.Pointer || structure.IsNil() || structure.Elem().Kind() != reflect.Struct {
		return
	}
	structure = structure.Elem()
	for i := range structure.NumField() {
		declared := structure.Type().Field(i)
		if declared.IsExported() && holdsPointer(declared.Type) {
			b.field(component.Name, need{field: declared.Name, tag: readTag(declared.Tag), value: structure.Field(i)})
		}
	}
}

func holdsPointer(fieldType reflect.Type) bool {
	return fieldType.Kind() == reflect.Pointer || fieldType.Kind() == reflect.Interface
}

func (b *builder) field(owner string, need need) {
	if need.tag.skipped {
		return
	}
	to := b.target(owner, need)
	if to == "" {
		return
	}
	edge := Edge{From: owner, To: to, Field: need.field}
	if label := kebab(need.field); label != to && to != missingName(owner, need.field) {
		edge.Label = label
	}
	b.graph.Edges = append(b.graph.Edges, edge)
}

// target is the node that a field needs; empty if it holds no component.
func (b *builder) target(owner string, need need) string {
	pointer := need.pointer()
	if pointer.IsValid() {
		if name, known := b.names[pointer.Interface()]; known {
			return name
		}
	} else if need.tag.optional {
		return ""
	}
	return b.missing(owner, need, pointer)
}

// missing is the red node for a need that no component meets; empty if the field
// was never meant for a component.
func (b *builder) missing(owner string, need need, pointer reflect.Value) string {
	why := notRegistered
	declared := b.kinds[need.value.Type()]
	if pointer.IsValid() {
		declared = b.kinds[pointer.Type()]
	} else {
		why = notSet
		if len(declared) == 1 && isNil(reflect.ValueOf(declared[0].Value)) {
			return declared[0].Name
		}
	}
	if name := need.tag.name; name != "" && b.canBeRed(name) {
		return b.red(name, notRegistered)
	}
	if len(declared) == 0 && need.tag.name == "" {
		return ""
	}
	return b.red(missingName(owner, need.field), why)
}

// missingName names the place where a component should be.
func missingName(owner, field string) string { return owner + "." + field }

// canBeRed reports whether a name is free, or that of a missing component.
func (b *builder) canBeRed(name string) bool {
	return !slices.ContainsFunc(b.graph.Nodes, func(node Node) bool { return node.Name == name && !node.Missing })
}

// red adds the node of a missing component, unless another needed it before.
func (b *builder) red(name, why string) string {
	if !slices.Contains(b.graph.Names(), name) {
		b.graph.Nodes = append(b.graph.Nodes, missingNode(name, why))
	}
	return name
}
