"""`koppeling mails`: what schools and ops are mailed, shown with invented facts."""

from typing import Annotated

import typer

from console.mail_pictures import pictures
from console.output import say
from console.sample_mails import Kind, body_of, sample_mail
from shared.clock import today

app = typer.Typer(no_args_is_help=True)
app.command()(pictures)


@app.command()
def preview(
    kind: Annotated[Kind, typer.Argument(help="Which mail.")],
    html: Annotated[bool, typer.Option("--html", help="The HTML body alone.")] = False,
) -> None:
    """Show a mail as it is sent, with invented facts."""
    mail = sample_mail(kind, today())
    if html:
        say(body_of(mail, "html"))
    else:
        say(f"Subject: {mail['Subject']}\n\n{body_of(mail, 'plain')}")
