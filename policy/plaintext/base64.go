package plaintext

import "encoding/base64"

// Decoded is what a text in base64 stands for, and any other text itself. What is no text then, a picture say, is random to
// nobody.
func Decoded(text string) string {
	if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
		return string(decoded)
	}
	return text
}
