// Package plaintext recognises secrets in text that anyone may read.
package plaintext

import (
	"math"
	"regexp"
	"strings"
	"unicode"
)

// Secret says why a named text looks like a secret, or nothing if it does not. It never
// repeats the text.
func Secret(name, text string) string {
	if secretValue(name, text) {
		return calledSecret
	}
	for _, form := range forms {
		if form.pattern.MatchString(text) {
			return "holds " + form.what
		}
	}
	if random(text) {
		return "is as random as a secret"
	}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), separatorOf(line))
		key = strings.TrimPrefix(strings.Trim(strings.TrimSpace(key), `"'-# `), "export ")
		if ok && strings.Contains(text, "\n") && secretValue(key, strings.Trim(strings.TrimSpace(value), `"',`)) {
			return "holds a line that is called like a secret"
		}
	}
	return ""
}

// separatorOf is what stands between a key and its value in a line of YAML, JSON, INI or a
// properties file.
func separatorOf(line string) string {
	if i := strings.IndexAny(line, ":="); i >= 0 {
		return line[i : i+1]
	}
	return "="
}

// calledSecret is why a value is one that looks like nothing in particular.
const calledSecret = "is called like a secret"

// secretValue tells whether a value is a secret by its name.
func secretValue(name, value string) bool {
	return value != "" && namesSecret(name) && !elsewhere.MatchString(value)
}

// elsewhere is a value that says where a secret is, or whether there is one: another variable, $(NAME) in Kubernetes, ${NAME}
// and $NAME in shells and templates, or what a shell's $(command) prints; a URL made of one; an ARN; a file; yes or no.
var elsewhere = regexp.MustCompile("^(\\$[({].*|\\$\\w+|`.*|[a-z][a-z0-9+.-]*://.*\\$[({].*|arn:.*|(/[\\w.-]+){2,}|(?i:true|false|yes|no))$")

// secretName ends with what it is, so that TOKEN_LIMIT and PASSWORD_FILE do not match; only password ends words, so that
// BYPASS does not. requirepass and masterauth are Redis's, REDISCLI_AUTH is its client's.
var secretName = regexp.MustCompile(`^(.*_)?([a-z0-9]*password|passwd|pass|passphrase|pwd|secret|secret_?key(_?base)?|token|api_?key|` +
	`access_?key(_id)?|private_?key|signing_?key|encryption_?key|credentials?|dsn|rediscli_auth|requirepass|masterauth)` +
	`(_(previous|current|old|new|\d+))?$`)

// withoutSecret says that there is none.
var withoutSecret = regexp.MustCompile(`^_*(no|skip|without|disabled?)_`)

func namesSecret(name string) bool {
	name = snake(name)
	return secretName.MatchString(name) && !withoutSecret.MatchString(name)
}

// snake writes dbPassword, DBPassword, db-password and DB.PASSWORD as db_password.
func snake(name string) string {
	var out strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && startsWord(runes[i-1], runes[i+1:]) {
			out.WriteByte('_')
		}
		if r == '-' || r == '.' {
			r = '_'
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// startsWord tells whether an upper-case letter starts a word by the letter before it and those after it: that of dbPassword,
// and that of DBPassword, where an acronym ends.
func startsWord(before rune, after []rune) bool {
	return unicode.IsLower(before) || unicode.IsDigit(before) ||
		unicode.IsUpper(before) && len(after) > 0 && unicode.IsLower(after[0])
}

// forms are secrets that give themselves away by how they are written.
var forms = []struct {
	what    string
	pattern *regexp.Regexp
}{
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
	{"an AWS access key id", regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)},
	// RFC 7519: three parts, the first the base64url of an object that starts with {".
	{"a JSON Web Token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	// A password of the form $(NAME) is another variable's.
	{"a URL with a password", regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s@$][^/\s@]*|\$[^({/\s@][^/\s@]*)@`)},
	// https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,})`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abeprs]-[A-Za-z0-9-]{10,}`)},
}

// entropyLimit is from where on text counts as random, in bits for a character: the limit of
// the scanner detect-secrets for base64. A text needs 23 different characters to reach it.
const entropyLimit = 4.5

var base64Text = regexp.MustCompile(`^[A-Za-z0-9+/_=-]+$`)

// random tells whether text is one word of upper- and lower-case letters and digits in no
// order. Names, addresses, ARNs, ids and digests in hexadecimal are not.
func random(text string) bool {
	if !base64Text.MatchString(text) || strings.HasPrefix(text, "/") {
		return false
	}
	counts := map[rune]float64{}
	var upper, lower, digit bool
	for _, r := range text {
		counts[r]++
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		digit = digit || unicode.IsDigit(r)
	}
	entropy := 0.0
	for _, count := range counts {
		share := count / float64(len(text))
		entropy -= share * math.Log2(share)
	}
	return upper && lower && digit && entropy > entropyLimit
}
