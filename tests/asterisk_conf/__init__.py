"""The rendered files, asked of a real Asterisk; and the prompts, of a real synthesiser."""
