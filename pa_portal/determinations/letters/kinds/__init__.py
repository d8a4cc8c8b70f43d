"""One module a kind of letter: each turns a LetterInput into the blocks between the opening and the closing."""
