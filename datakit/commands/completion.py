"""Écrire ce qui complète la commande datakit avec la touche Tab (bash, zsh, PowerShell).

bash       : datakit completion bash >> ~/.bashrc
zsh        : datakit completion zsh >> ~/.zshrc
PowerShell : datakit completion powershell >> $PROFILE
Une fenêtre ouverte après cela complète les verbes, leurs options, puis les fichiers.
"""

from __future__ import annotations

import argparse
import sys

_BASH = """_datakit() {{
  local mot="${{COMP_WORDS[COMP_CWORD]}}" propose=""
  if [ "$COMP_CWORD" -eq 1 ]; then propose="{verbs}"; else case "${{COMP_WORDS[1]}}" in
{cases}
  esac; fi
  COMPREPLY=($(compgen -W "$propose" -- "$mot"))
}}
complete -o default -F _datakit datakit
"""
_ZSH = "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"
_POWERSHELL = """Register-ArgumentCompleter -Native -CommandName datakit -ScriptBlock {{
  param($mot, $ligne, $place)
  $mots = @($ligne.CommandElements | ForEach-Object {{ $_.ToString() }})
  $options = @{{
{cases}
  }}
  $premier = $mots.Count -le 1 -or ($mots.Count -eq 2 -and $mot -ne '')
  $propose = if ($premier) {{ '{verbs}' -split ' ' }} else {{ $options[$mots[1]] -split ' ' }}
  $propose | Where-Object {{ $_ -like "$mot*" }} |
    ForEach-Object {{ [System.Management.Automation.CompletionResult]::new($_) }}
}}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit completion``."""
    parser.add_argument("shell", choices=("bash", "zsh", "powershell"), metavar="bash|zsh|powershell")


def run(args: argparse.Namespace) -> int:
    """Écrire le texte sur la sortie standard."""
    from datakit.cli import parser_of, verbs

    words = {verb: _words(parser_of(verb)) for verb in verbs()}
    if args.shell == "powershell":
        cases = "\n".join(f"    '{verb}' = '{' '.join(known)}'" for verb, known in words.items())
        sys.stdout.write(_POWERSHELL.format(verbs=" ".join(words), cases=cases))
        return 0
    cases = "\n".join(f'    {verb}) propose="{" ".join(known)}";;' for verb, known in words.items())
    sys.stdout.write((_ZSH if args.shell == "zsh" else "") + _BASH.format(verbs=" ".join(words), cases=cases))
    return 0


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """Les options d'un verbe, et celles de ses actions (« secrecy check »)."""
    found: dict[str, None] = {}
    for action in parser._actions:
        found |= dict.fromkeys(o for o in action.option_strings if o.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                found |= dict.fromkeys([name, *_words(below)])
    return list(found)
