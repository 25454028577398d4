"""From bytes to a tree of statements that remembers where everything stood.

``source`` text and loading, ``preprocess`` comments, include, $VAR, @cond, sequences; ``parser`` Lark over
statement tokens; ``nodes`` the tree; ``format`` the tree as canonical text.  No keyword is known here.
"""
