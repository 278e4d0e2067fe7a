// Package budget proves, before anything is deployed, that what an environment may grow to fits into what
// bounds it: pods into the database's connections, the namespace's quota and the node pools; node pools into
// the account's EC2 quota; nodes and pods into the subnets.
//
// It takes plain values and knows neither settings nor Pulumi. Each budget answers with how much of it is used,
// for Summary, and with problems that show the arithmetic and what would fit. Values are expected to be valid by
// themselves: counts not negative, quantities positive.
package budget
