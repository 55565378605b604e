package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// held stands for a space at which a line of the help may not break, until the lines are made: what makes them breaks them
// at every kind of space. It is of Unicode's private use, and in no text.
const held = "\ue000"

var (
	holding = strings.NewReplacer(" :", held+":", " ;", held+";", " ?", held+"?", " !", held+"!", "« ", "«"+held, " »", held+"»")
	letting = strings.NewReplacer(held, "\u00a0")
)

// bindHelp binds the marks that French sets apart to the words they belong to, in the help of a command, its options and what is below it.
func bindHelp(node *kong.Node) {
	node.Help, node.Detail = holding.Replace(node.Help), holding.Replace(node.Detail)
	for _, flag := range node.Flags {
		flag.Help = holding.Replace(flag.Help)
	}
	for _, argument := range node.Positional {
		argument.Help = holding.Replace(argument.Help)
	}
	for _, below := range node.Children {
		bindHelp(below)
	}
}
