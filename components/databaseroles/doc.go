// Package databaseroles makes the roles of the database that everything but itself connects with: one that
// migrates and one that reads and writes, each with a login of an epoch, so that a new password is a new
// login beside the old one and nobody is ever shut out (docs/decisions/0005-database-roles.md).
//
// It is a Job that runs again exactly when what it has to do has changed. It is the only one that uses the
// master user, whose password RDS rotates: it reads it when it runs, by an identity of its own.
package databaseroles
