// Package config is db-migrate's layered configuration. A component's keys are
// a struct here, with its defaults in an embedded YAML file of the same name.
//
// Layers, of which the last wins: the embedded defaults, the embedded variant
// of the environment, <profile>.yaml and <profile>-<environment>.yaml of the
// user's folder, the files of --load, and component/key=value arguments.
package config
