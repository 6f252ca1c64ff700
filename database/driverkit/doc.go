// Package driverkit is what drivers share, and nobody else needs: the values of rows as
// texts, sets grouped by columns, the scan of a part or by a condition.
package driverkit
