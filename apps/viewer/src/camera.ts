/** Which part of the layout is on the screen: a point of it at the top left, and a scale. */
export class Camera {
  x = 0;
  y = 0;
  scale = 1;
  static readonly least = 1e-5;
  static readonly most = 4;

  pan(dx: number, dy: number): void {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
  }
  /** Keeps what is at that place of the screen where it is. */
  zoom(factor: number, atX: number, atY: number): void {
    const scale = Math.min(Camera.most, Math.max(Camera.least, this.scale * factor));
    this.x += atX / this.scale - atX / scale;
    this.y += atY / this.scale - atY / scale;
    this.scale = scale;
  }
  /** All of a rectangle, but not larger than life. */
  fit(x: number, y: number, w: number, h: number, width: number, height: number): void {
    const margin = 24;
    this.scale = Math.min(1, Math.max(Camera.least, Math.min((width - 2 * margin) / w, (height - 2 * margin) / h)));
    this.x = x + w / 2 - width / 2 / this.scale;
    this.y = h * this.scale < height - 2 * margin ? y - margin / this.scale : y + h / 2 - height / 2 / this.scale;
  }
  /** Moves as little as needed to show a rectangle. */
  reveal(x: number, y: number, w: number, h: number, width: number, height: number, margin = 40): void {
    const m = margin / this.scale;
    const across = width / this.scale;
    const down = height / this.scale;
    if (w > across - 2 * m || x - m < this.x) this.x = x - m;
    else if (x + w + m > this.x + across) this.x = x + w + m - across;
    if (h > down - 2 * m || y - m < this.y) this.y = y - m;
    else if (y + h + m > this.y + down) this.y = y + h + m - down;
  }
}
