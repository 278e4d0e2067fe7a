// Package postgres is an RDS for PostgreSQL instance that only named clients reach: in data subnets,
// never public, TLS only, encrypted with a key of its own, its master password made, kept and rotated
// by RDS.
package postgres
